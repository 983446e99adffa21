### ما يقوله روندو للناس بالعربية: فصحى بسيطة، دافئة، قصيرة، وبلا تذكير أو تأنيث حيث أمكن.

## في كل مكان

you = أنت
the-other = الطرف الآخر
deleted-person = حساب محذوف
cancel = إلغاء
send = إرسال
not-now = ليس الآن
top-account = أنت: رمز الدعوة والمحادثات السابقة
link-lost = انقطع الاتصال بالخادم. جارٍ الاتصال من جديد.
link-back = عاد الاتصال.
offline = لا يوجد اتصال بالإنترنت. يتابع Rondo من تلقاء نفسه حالما يعود الاتصال.

## تسجيل الدخول والخروج

sign-in = تسجيل الدخول
sign-in-welcome = أهلًا بعودتك، { $name }
sign-out = تسجيل الخروج
sign-out-title = تسجيل الخروج؟
sign-out-permanent = يمكنك العودة باستعمال { $email } وكلمة المرور.
sign-out-guest = أنت هنا في زيارة: بلا بريد وكلمة مرور لا يمكن العودة بالهوية نفسها.
email = البريد الإلكتروني
password = كلمة المرور
password-yours = كلمة مرورك
password-now = كلمة المرور الحالية
password-new = كلمة المرور الجديدة
password-change = تغيير كلمة المرور
password-changed = تم التغيير، وسُجّل خروجك في كل مكان آخر
letter-code = الرمز الوارد في الرسالة
reset = هل نسيت كلمة المرور؟
reset-send = إرسال رسالة إليّ
reset-sent = إن كان هذا الحساب موجودًا فالرسالة في الطريق
reset-set = حفظ كلمة المرور
reset-done = يمكنك الدخول بكلمة المرور الجديدة

## قبل لقاء الناس

connecting = جارٍ الدخول…
connecting-waiting = الخادم لا يجيب بعد. نحاول من جديد.
code-gate-title = بالدعوة
code-gate = الدخول إلى Rondo بالدعوة
code-gate-text = تم دخولك، لكن لقاء الناس يحتاج إلى رمز من شخص موجود هنا. كل من أجرى أربع محادثات لديه رمز يهديه.
code-gate-open = فتح الباب
code-gate-welcome = أهلًا وسهلًا. يمكنك الآن لقاء الناس.
age-gate-title = عمرك
age-gate = ما تاريخ ميلادك؟
age-gate-text = يلتقي الناس هنا من هم في أعمار متقاربة. لا يرى التاريخَ أيُّ شخص تلتقيه، ولا يمكن تغييره لاحقًا.
age-gate-save = متابعة
age-gate-welcome = شكرًا. يمكنك الآن لقاء الناس.

## الاتصال مغلق

stopped-taken-over = أنت في نافذة أخرى
stopped-taken-over-text = ‏Rondo مفتوح باسمك في مكان آخر، والخط الآن لتلك النافذة.
stopped-taken-over-action = الاستعمال هنا
stopped-banned = تم حظرك
stopped-banned-text = لا يمكنك استعمال Rondo.
stopped-signed-out = تم تسجيل خروجك
stopped-signed-out-text = انتهت جلستك. العودة لا تستغرق سوى عشر ثوانٍ.
stopped-signed-out-action = الدخول من جديد
stopped-other = لا يوجد اتصال
stopped-other-text = انتهى الاتصال بالخادم.
stopped-other-action = اتصال
ban-try-again = المحاولة من جديد
ban-until = حتى { $date }.
ban-permanent = بصورة دائمة.
ban-pending = إلى أن ينظر فيه أحد المشرفين.
ban-object = هل هذا خطأ؟ يمكنك الاعتراض مرة واحدة.
ban-objected = وصل اعتراضك. سيقرؤه أحد المشرفين، ويمكنك الاطلاع على الجواب لاحقًا.
ban-decided =
    { $status ->
        [accepted] قُبل اعتراضك.
        [rejected] رُفض اعتراضك.
       *[other] حالة اعتراضك: { $status }.
    }

## الردهة

lobby-hello = مرحبًا، { $name }
lobby-find = البحث عن شخص
lobby-camera = تشغيل الكاميرا
lobby-connecting = جارٍ الاتصال بالخادم…
mode = كيف تفضّل الحديث؟
mode-video = فيديو
mode-text = كتابة
wishes = رغبات
wishes-interests = الحديث عن
wishes-want = اللقاء فقط مع
wishes-want-none = بلا اختيار: الجميع
wishes-minutes = مدة المكالمة
wishes-minutes-hint = مدة المكالمة هي الوسط بين ما يطلبه كل منكما.
wishes-at-once = البدء فورًا
wishes-at-once-hint = بلا سؤال: يبدأ الحديث حالما نجد أحدًا
wishes-go-on = الاستمرار
wishes-go-on-hint = العودة إلى الدور عند انتهاء المحادثة
wishes-listed = الظهور في القائمة فقط
wishes-listed-hint = يمكن للآخرين دعوتك، ولا يجمعك الدور بأحد
camera = الكاميرا
camera-on = تشغيل الكاميرا
camera-off = إيقاف الكاميرا
microphone = الميكروفون
mic-mute = كتم الصوت
mic-unmute = إلغاء الكتم
trouble-denied =
    { $device ->
        [both] لا يُسمح للمتصفح باستعمال الكاميرا والميكروفون. يمكن السماح بهما من شريط العنوان ثم المحاولة من جديد، أو المتابعة بدونهما.
        [camera] لا يُسمح للمتصفح باستعمال الكاميرا. يمكن السماح بها من شريط العنوان ثم المحاولة من جديد، أو المتابعة بدونها.
       *[microphone] لا يُسمح للمتصفح باستعمال الميكروفون. يمكن السماح به من شريط العنوان ثم المحاولة من جديد، أو المتابعة بدونه.
    }
trouble-none =
    { $device ->
        [both] لم نجد كاميرا ولا ميكروفونًا. يمكن توصيلهما والمحاولة من جديد، أو المتابعة بدونهما: ما زال بإمكانك رؤية الطرف الآخر وسماعه.
        [camera] لم نجد كاميرا. يمكن توصيل واحدة والمحاولة من جديد، أو المتابعة بدونها: ما زال بإمكانك رؤية الطرف الآخر وسماعه.
       *[microphone] لم نجد ميكروفونًا. يمكن توصيل واحد والمحاولة من جديد، أو المتابعة بدونه: ما زال بإمكانك رؤية الطرف الآخر وسماعه.
    }
trouble-busy =
    { $device ->
        [both] يستعمل برنامج آخر الكاميرا والميكروفون. يمكن إغلاقه ثم المحاولة من جديد.
        [camera] يستعمل برنامج آخر الكاميرا. يمكن إغلاقه ثم المحاولة من جديد.
       *[microphone] يستعمل برنامج آخر الميكروفون. يمكن إغلاقه ثم المحاولة من جديد.
    }
trouble-again = المحاولة من جديد
trouble-insecure =
    { $device ->
        [both] لا تتيح المتصفحات الكاميرا والميكروفون إلا للصفحات الآمنة: نرجو فتح الصفحة عبر https أو localhost.
        [camera] لا تتيح المتصفحات الكاميرا إلا للصفحات الآمنة: نرجو فتح الصفحة عبر https أو localhost.
       *[microphone] لا تتيح المتصفحات الميكروفون إلا للصفحات الآمنة: نرجو فتح الصفحة عبر https أو localhost.
    }

## من ينتظر

people = في الانتظار الآن
people-refresh = تحديث
people-none = لا أحد غيرك في الانتظار. البداية معك: القادم التالي يلتقي بك.
people-count =
    { $count ->
        [zero] لا أحد يمكن دعوته مباشرة.
        [one] شخص واحد يمكن دعوته مباشرة.
        [two] شخصان يمكن دعوتهما مباشرة.
        [few] { $count } أشخاص يمكن دعوتهم مباشرة.
        [many] { $count } شخصًا يمكن دعوتهم مباشرة.
       *[other] { $count } شخص يمكن دعوتهم مباشرة.
    }
people-new =
    { $mode ->
        [video] فيديو، وصل للتو
       *[text] كتابة، وصل للتو
    }
people-waiting =
    { $mode ->
        [video] فيديو، الانتظار منذ { $duration }
       *[text] كتابة، الانتظار منذ { $duration }
    }
people-introduced = بتعريف من { $by }
people-ask = دعوة
people-ask-for =
    { $mode ->
        [video] دعوة { $name } إلى مكالمة فيديو
       *[text] دعوة { $name } إلى محادثة مكتوبة
    }
mirror = مرآة
mirror-badge = مرآة
waiting = جارٍ البحث عن شخص
waiting-listed = اسمك في القائمة
waiting-video = فيديو، نحو { $minutes } د
waiting-stop = إيقاف البحث
waiting-reconnecting = جارٍ الاتصال من جديد… مكانك محفوظ بضع ثوانٍ.
queue-hold-expired = طال انقطاع الاتصال، فضاع مكانك في الدور.

## عشرون ثانية لقول نعم

invite-asking = ندعو { $name }
invite-here = { $name } هنا
invite-asking-what =
    { $mode ->
        [video] إلى مكالمة فيديو مدتها { $duration }
       *[text] إلى محادثة مكتوبة
    }
invite-what =
    { $mode ->
        [video] دعوة إلى مكالمة فيديو معك مدتها { $duration }
       *[text] دعوة إلى محادثة مكتوبة معك
    }
invite-announced =
    { $mode ->
        [video] دعوة من { $name } إلى مكالمة فيديو مدتها { $duration }. أمامك { $seconds } ثانية. المفتاح A للقبول وD للرفض.
       *[text] دعوة من { $name } إلى محادثة مكتوبة. أمامك { $seconds } ثانية. المفتاح A للقبول وD للرفض.
    }
invite-matched =
    { $mode ->
        [video] جمعكما الدور: مكالمة فيديو مدتها { $duration }
       *[text] جمعكما الدور: محادثة مكتوبة
    }
invite-matched-announced =
    { $mode ->
        [video] جمعك الدور مع { $name } في مكالمة فيديو مدتها { $duration }. أمامك { $seconds } ثانية. المفتاح A للقبول وD للرفض.
       *[text] جمعك الدور مع { $name } في محادثة مكتوبة. أمامك { $seconds } ثانية. المفتاح A للقبول وD للرفض.
    }
invite-missed = لم يصل ردك إلى { $name } في الوقت.
invite-mirror = هذه مرآة: صورتك أنت إلى أن يأتي أحد
invite-accept = نعم
invite-withdraw = سحب الدعوة
invite-waiting = بانتظار موافقة { $name }…
invite-peer-accepted = وصلت موافقة { $name }.
invite-declined = اعتذر { $name } هذه المرة.
invite-cancelled = تراجع { $name } عن الدعوة.
invite-expired = لم يصل رد من { $name } في الوقت.
invite-unavailable = لم يعد { $name } هنا.
invite-no-answer = لم يصل ردك، لذلك لم يعد لك مكان في الدور.
invite-gone = لم تعد الدعوة موجودة.

## في المحادثة

room = المحادثة
room-with = محادثة مع { $name }
room-entered =
    { $mode ->
        [video] أنت في مكالمة فيديو مع { $name }.
       *[text] أنت في محادثة مكتوبة مع { $name }.
    }
room-mirror = هذه مرآة: صورتك أنت إلى أن يأتي أحد.
room-muted = الصوت مكتوم
room-reconnecting = جارٍ الاتصال بالخادم من جديد… محادثتكما مستمرة.
room-connecting = جارٍ وصلك مع { $name }…
room-interrupted = نبحث عن طريق أفضل…
room-camera-off = كاميرا { $name } متوقفة
room-leaving = جارٍ إنهاء المكالمة…
room-sound = تشغيل الصوت
room-next = التالي
room-hang-up = إنهاء المكالمة
room-away = { $name } غائب قليلًا
room-away-left = { $name } غائب قليلًا، { $seconds } ث
room-away-announced = { $name } غائب قليلًا. تنتظر المحادثة { $seconds } ثانية.
room-back = عاد { $name }.
room-half-minute = بقيت نصف دقيقة.
room-ask-video = طلب الفيديو
upgrade-asked = طلبتَ الفيديو من { $name }.
upgrade-asks = يودّ { $name } رؤيتك.
upgrade-declined = يفضّل { $name } متابعة الكتابة.
upgrade-agree = تشغيل الفيديو
upgrade-decline = متابعة الكتابة
hang-up-title = إنهاء المكالمة؟
hang-up-text = بعد مغادرتك { $name } لن تلتقيا من جديد مدة يوم.
chat = الدردشة
chat-close = إغلاق الدردشة
chat-messages = الرسائل
chat-message = رسالة
chat-placeholder = قل شيئًا
chat-first = هنا تبدأ محادثتك مع { $name }. اللطف أولًا.
chat-typing = { $name } يكتب
chat-sending = جارٍ الإرسال
chat-sent = أُرسلت
chat-delivered = وصلت
chat-read = قُرئت
chat-failed = لم تُرسل: { $why }
chat-unseen = { $count } جديدة
torch-mine = الشعلة تخبو: قل شيئًا
torch-both = الشعلة تخبو: قولا شيئًا
torch-theirs = يترك { $name } الشعلة تخبو
torch-announced = { $words }. بقيت { $seconds } ثانية.
torch-on-hold = { $time }، متوقفة مؤقتًا
torch-lit = عادت الشعلة تتّقد.

## مسرح المكالمة

call-panel = المزيد: الشاشة والصورة والأجهزة
call-panel-close = إغلاق
camera-flip = تبديل الكاميرا
speaker = مكبر الصوت
screen-share = مشاركة الشاشة
screen-stop = إيقاف المشاركة
screen-shared = شاشتك قيد المشاركة الآن
screen-theirs = يشارك { $name } شاشة.
screen-theirs-over = توقف { $name } عن مشاركة الشاشة.
fit-whole = إظهار الصورة كاملة
fit-fill = ملء الإطار
picture-in-picture = صورة داخل صورة
full-screen = ملء الشاشة
full-screen-leave = الخروج من ملء الشاشة
self-move = صورتك. تنقلها الأسهم أو نقرة إلى زاوية أخرى.
self-move-from =
    { $corner ->
        [top-left] صورتك، أعلى اليسار. تنقلها الأسهم أو نقرة إلى زاوية أخرى.
        [top-right] صورتك، أعلى اليمين. تنقلها الأسهم أو نقرة إلى زاوية أخرى.
        [bottom-right] صورتك، أسفل اليمين. تنقلها الأسهم أو نقرة إلى زاوية أخرى.
       *[bottom-left] صورتك، أسفل اليسار. تنقلها الأسهم أو نقرة إلى زاوية أخرى.
    }
self-at =
    { $corner ->
        [top-left] صورتك أعلى اليسار.
        [top-right] صورتك أعلى اليمين.
        [bottom-right] صورتك أسفل اليمين.
       *[bottom-left] صورتك أسفل اليسار.
    }
chat-open = فتح الدردشة
chat-heard = كتب { $name }: { $text }
quality =
    { $level ->
        [good] الاتصال: جيد
        [fair] الاتصال: متوسط
       *[weak] الاتصال: ضعيف
    }
quality-weak = اتصالك ضعيف
quality-better = تحسّن اتصالك.
quality-loss = فُقد { $percent } %
quality-delay = تأخير { $ms } م.ث
quality-frames = { $fps } إطارًا في الثانية

## كيف انتهت

ended-apart = لن تلتقيا من جديد مدة يوم.
ended-hangup = أنهى { $name } المكالمة
ended-hangup-text = انتهى حديثك مع { $name }.
ended-hangup-mine = أنهيتَ المكالمة
ended-hangup-mine-text = شكرًا على حديثك مع { $name }.
ended-next = انتقل { $name } إلى لقاء آخر
ended-next-text = هذا يحدث، ولا يعني شيئًا عنك.
ended-next-mine = إلى اللقاء التالي
ended-time-up = انتهى الوقت
ended-time-up-text = انتهى وقتك مع { $name }. الأحاديث الجميلة تنتهي دائمًا قبل أوانها.
ended-torch = انطفأت الشعلة
ended-torch-text = لم يُبقِها أحد متّقدة، فأظلمت محادثتك مع { $name }.
ended-away = لم يعد { $name }
ended-away-mine = طال غيابك
ended-away-text = انقطع الاتصال ولم يكن بالإمكان إبقاء المحادثة أكثر.
ended-no-path = تعذّر الوصل بينكما
ended-no-path-text = لم نجد طريقًا بينك وبين { $name }. لا ذنب لأحد في ذلك. قد يمر بعض الوقت قبل أن تلتقيا من جديد.
ended-reported = أبلغتَ عن { $name }
ended-reported-text = شكرًا. سينظر أحد المشرفين في الأمر، ولن تلتقيا أبدًا.
ended-blocked = حظرتَ { $name }
ended-blocked-text = لن يرى أحدكما الآخر بعد الآن.
ended-gone = رحل { $name }
ended-gone-text = لم يعد هذا الشخص على Rondo.
ended-other = انتهت المحادثة
ended-other-text = انتهت محادثتك مع { $name } في غيابك.
ended-talked = تحدثتما { $duration }.
ended-again = البحث عن شخص آخر
ended-again-text = البحث عن دردشة أخرى
ended-goes-on = البحث عن شخص آخر بعد { $seconds } ث
ended-stay = البقاء هنا
ended-home = العودة إلى البداية

## الحظر والإبلاغ

block = حظر
block-or-report = حظر { $name } أو الإبلاغ عنه
block-title = حظر { $name }؟
block-text = لن يجمعك شيء مع { $name } بعد الآن، ولن يرى أحدكما الآخر. إن كانت بينكما محادثة فستنتهي فورًا. لن يعلم { $name } بذلك.
block-done = تم حظر { $name }
report-and-block = إبلاغ وحظر
report-done = تم الإبلاغ عن { $name } وحظره
report-question = هل هناك ما يستحق الإبلاغ؟
report-none = لا شيء: الحظر فقط
report-sexual = سلوك جنسي أو عري
report-harassment = إهانات أو مضايقة
report-hate = كراهية
report-violence = تهديد أو عنف
report-minor = يبدو قاصرًا
report-spam = إعلان أو احتيال
report-other = شيء آخر
report-details = ماذا حدث؟
report-hint = يقرأ أحد المشرفين هذا وما كُتب في المحادثة. لم تُسجَّل الصورة.

## التعارف

introduce = تعريف صديق إلى { $name }
introduce-short = تعريف
introduce-text = هذا الرابط لمن يحسُن أن يلتقي { $name }. نسأل { $name } أولًا. بعد الموافقة يرى كل منهما الآخر أولًا، ويجمعهما الدور حالما ينتظران معًا.
introduce-hint = الرابط صالح 90 يومًا ولعدد قليل من الأصدقاء في اليوم. سيعرف { $name } من أنشأه ومن تبعه.
introduce-pass-on-title = لقاء مع { $name }
introduce-pass-on = التقيت { $name } على Rondo. أظن أن عليكما أن تتعارفا.
pass-on-link = الرابط
pass-on-copy = نسخ
pass-on-copied = تم النسخ
pass-on-by-hand = للنسخ: Ctrl+C
pass-on-share = مشاركة
letter-title = لقاء { $name }؟
letter-text = يودّ { $by } أن يعرّف بك. نسأل { $name } الذي سيرى اسمك. بعد الموافقة تكون لكما الأولوية.
letter-follow = عرّفوني
notices = الإشعارات
notices-new = الإشعارات، { $count } جديدة
notices-none = لا شيء بعد. حين يعرّفك صديق إلى أحد تقرأ ذلك هنا.
notice-other = هناك جديد لك.
notice-question = هناك من يرى أن عليك لقاء { $name }.
notice-question-by = يرى { $by } أن عليك لقاء { $name }.
notice-ask = هل يعجبك ذلك؟
notice-said-yes = كان جوابك نعم.
notice-said-no = كان جوابك لا.
notice-missed = لم يصل جوابك في الوقت، ولم يعلم أحد.
notice-introduced = تم تعريفك إلى { $name }. لكما الأولوية.
notice-introduced-by = عرّفك { $by } إلى { $name }. لكما الأولوية.
notice-find = البحث عن شخص الآن
question-yes = نعم، بكل سرور
question-no = لا، شكرًا
question-hint = إن كان جوابك لا، فلن يعلم أحد.
question-hint-by = إن كان جوابك لا، فلن يعلم أحد، ولن يستطيع { $by } السؤال من جديد.
question-agreed = جميل. لك ولـ { $name } الأولوية الآن.
question-guest = ضيفك
question-refused = لا بأس. لن يعلم أحد.
question-over = أُجيب عن هذا السؤال من قبل، أو انتهى وقته.

## الحساب

account = أنت
account-profile = كيف يراك الآخرون
profile-save = حفظ
profile-saved = تم الحفظ. يراه كل من يلتقي بك من الآن
alerts = الأصوات والإشعارات
alerts-sounds = الأصوات
alerts-sounds-hint = عند دعوة أو رسالة، وفي نصف الدقيقة الأخير
alerts-notify = الإشعارات
alerts-notify-hint = من متصفحك، بينما تنظر إلى صفحة أخرى
alerts-notify-denied = طُلب من متصفحك ألّا يعرضها من هنا. اسمح بها في شريط العنوان
alerts-notify-none = لا يوفّرها هذا المتصفح لهذه الصفحة
notify-message = رسالة جديدة من { $name }
account-completions =
    { $count ->
        [zero] لا محادثات من نصف دقيقة أو أكثر
        [one] محادثة واحدة من نصف دقيقة أو أكثر
        [two] محادثتان من نصف دقيقة أو أكثر
        [few] { $count } محادثات من نصف دقيقة أو أكثر
        [many] { $count } محادثة من نصف دقيقة أو أكثر
       *[other] { $count } محادثة من نصف دقيقة أو أكثر
    }
account-code = رمز دعوتك
account-earn = من يدخل برمز ويُجري { $needed } محادثات من 30 ثانية يحصل على رمز خاص به يكفي { $needed } أصدقاء.
account-earn-left =
    { $left ->
        [zero] لم يبقَ شيء، ورمزك الخاص قادم، ويكفي { $needed } أصدقاء.
        [one] محادثة واحدة بعد من 30 ثانية وتحصل على رمز خاص بك يكفي { $needed } أصدقاء.
        [two] محادثتان بعد من 30 ثانية وتحصل على رمز خاص بك يكفي { $needed } أصدقاء.
        [few] { $left } محادثات بعد من 30 ثانية وتحصل على رمز خاص بك يكفي { $needed } أصدقاء.
        [many] { $left } محادثة بعد من 30 ثانية وتحصل على رمز خاص بك يكفي { $needed } أصدقاء.
       *[other] { $left } محادثة بعد من 30 ثانية وتحصل على رمز خاص بك يكفي { $needed } أصدقاء.
    }
account-qr = رمز دعوتك على هيئة صورة QR
account-uses = بقي { $left } من { $uses } استعمالات.
account-uses-none = استُنفدت الاستعمالات كلها وعددها { $uses }: بقي 0.
account-pass-on = هذا رمز دعوتي، تفضّل بالدخول.
account-past = المحادثات السابقة
past-none = لا شيء بعد. تظهر هنا المحادثات التي دامت خمس ثوانٍ أو أكثر.
past-earlier = عرض الأقدم
past-what =
    { $mode ->
        [video] فيديو، { $duration }، { $since }
       *[text] كتابة، { $duration }، { $since }
    }
past-messages =
    { $count ->
        [zero] لا رسائل
        [one] رسالة واحدة
        [two] رسالتان
        [few] { $count } رسائل
        [many] { $count } رسالة
       *[other] { $count } رسالة
    }
own-return = العودة
own-stay = البقاء
own-devices = أماكن تسجيل دخولك
own-this-browser = هذا المتصفح
own-device = { $browser } على { $system }
own-device-unknown = جهاز غير معروف
own-data = بياناتك
own-download = تنزيل كل شيء
own-download-text = حتى لا يأخذها غيرك، نرجو تأكيد هويتك.
own-download-yes = تنزيل
own-delete = حذف الحساب
own-delete-title = حذف حسابك؟
own-delete-text = اسمك وسجلك وكل ما صنعته يزول فورًا ولا يمكن لأحد استعادته. في سجل من التقيتهم يبقى «{ $deleted }».
own-delete-yes = حذف
own-delete-no = الاحتفاظ به
own-id = معرّفك، لمن يدير هذه الخدمة: { $id }
own-guest = أنت في زيارة في هذا المتصفح فقط. ببريد إلكتروني وكلمة مرور يمكنك العودة من أي مكان بالهوية نفسها.
own-keep = الاحتفاظ بحسابي
own-kept = يمكنك الآن العودة ببريدك الإلكتروني
own-letter-sent = الرسالة في الطريق
own-letter-again = الإرسال من جديد
own-letter-again-sent = رسالة أخرى في الطريق، ولم يعد الرمز السابق صالحًا
own-other-address = عنوان آخر
own-address-lost = أثبت شخص آخر أن العنوان الذي تدخل به عنوانه. ما زال دخولك به وبكلمة مرورك ممكنًا، ونرجو إضافة عنوان يخصك.
own-pending = أُرسلت رسالة إلى { $email }. الرمز فيها صالح يومًا.
own-verified = مؤكَّد
own-not-verified = غير مؤكَّد
own-verify = تأكيد
own-verify-ask = التأكيد برسالة
own-verify-done = تم التأكيد
own-wrong-login = البريد الإلكتروني أو كلمة المرور غير صحيح.
own-wrong-password = ليست هذه كلمة مرورك.
own-wrong-email = نرجو كتابة بريد إلكتروني واحد، مثل { $example }.
own-email-taken = هذا البريد الإلكتروني لحساب آخر.
own-code-old = هذا الرمز قديم أو استُعمل من قبل.
own-no-letters = هذه الخدمة لا ترسل رسائل.

## المساعدة

help = كيف يعمل Rondo
help-pairing = أنت تنتظر، وغيرك ينتظر، ونجمع بينكما. لكل منكما 20 ثانية لقول نعم. في الكتابة أبقِيا الشعلة متّقدة: من يصمت دقيقتين يتركها تخبو.
help-media = الصورة والصوت ينتقلان من متصفح إلى متصفح. إن أُعيد تشغيل الخادم استمرت مكالمتك.
help-keys = المفاتيح
key-accept = قبول دعوة
key-decline = رفض دعوة
key-microphone = تشغيل الميكروفون أو إيقافه
key-camera = تشغيل الكاميرا أو إيقافها
key-chat = فتح الدردشة والكتابة
key-share = مشاركة الشاشة
key-full = ملء الشاشة
key-next-keys = N، مفتاح المسافة
key-next = الشخص التالي
key-escape = إنهاء المكالمة (بعد سؤال)، إغلاق نافذة، إيقاف البحث
key-help = هذه المساعدة
help-single-keys = المفاتيح المنفردة تعمل (Esc يعمل دائمًا)
help-developers = للمطورين: { $link }.
help-contract = البروتوكول
help-close = فهمت

## Friends: staying in touch after a call

friends-nav = الأصدقاء والرسائل
friends-nav-new = الأصدقاء والرسائل، الجديد في { $count }
friends-loading = لحظة…
touch = البقاء على تواصل
touch-hint = لن يعلم { $name } بذلك إلا إذا ضغط مثلك.
touch-done = تود البقاء على تواصل
touch-done-hint = لن يعلم { $name } بذلك إلا إذا أراد مثلك. عندها يجد كل منكما الآخر بين أصدقائه.
touch-undo = تراجع
touch-aloud = سؤال { $name } صراحةً
touch-aloud-hint = سيعلم { $name } أنك تسأل، وسيقرأ ما تكتبه.
touch-note = كلمة إلى { $name }
touch-send = اسأل
touch-asked = سألت { $name }
touch-asked-hint = إن كان الجواب نعم يجد كل منكما الآخر بين أصدقائه. أما الرفض فلا يُخبَر به أحد.
touch-friends = أنت و{ $name } صديقان الآن
touch-refused = لا يمكن سؤال { $name }.
touch-friends-hint = تبادلا المكالمات والرسائل متى شئتما.
touch-needs-account = يريد { $name } ذلك أيضًا. احتفظ بحسابك وتصبحان صديقين.
touch-waits = كلاكما يريد ذلك. ما إن يصبح لدى { $name } حساب تصبحان صديقين.
touch-like = البقاء على تواصل مع { $name }
touch-unlike = تود البقاء على تواصل مع { $name }. تراجع

## Friends

friends = الأصدقاء
friends-write-to = الكتابة إلى { $name }

## Calls between friends

call-here = { $name } يتصل
call-asking = اتصال بـ { $name }
call-what = مكالمة فيديو بين صديقين
call-announced = { $name } يتصل. لديك { $seconds } ثانية. المفتاح A للقبول وD للرفض.
call-accept = رد
call-withdraw = إنهاء
call-waiting = يرن…
call-hang-up-text = تنتهي المكالمة مع { $name }.

## Messages

messages-by = { $name }: { $text }
messages-picture = صورة
messages-file = ملف
messages-deleted = حُذفت الرسالة
messages-hidden = رسالة ممن حظرته

## A conversation

talk-former = عضو سابق
talk-call =
    { $outcome ->
        [ended] مكالمة فيديو، { $duration }
        [declined] مكالمة فيديو لم يُرد عليها
        [cancelled] مكالمة فيديو أُلغيت
        [expired] مكالمة فيديو فائتة
       *[other] مكالمة فيديو لم تتصل
    }
notice-created =
    { $mine ->
        [by] أنشأت هذه المجموعة.
       *[other] أنشأ { $by } هذه المجموعة.
    }
notice-added =
    { $mine ->
        [by] أضفت { $name }.
        [name] أضافك { $by }.
       *[other] أضاف { $by } { $name }.
    }
notice-left = غادر { $name }.
notice-removed =
    { $mine ->
        [by] أزلت { $name }.
       *[other] أزال { $by } { $name }.
    }
notice-renamed =
    { $mine ->
        [by] سمّيت المجموعة { $title }.
       *[other] سمّى { $by } المجموعة { $title }.
    }
notice-owner =
    { $mine ->
        [name] أنت تعتني بالمجموعة الآن.
       *[other] يعتني { $name } بالمجموعة الآن.
    }
notice-closed = هذه المحادثة مغلقة.
notice-reopened = عدتما صديقين: هذه المحادثة مفتوحة.
talk-report-title = الإبلاغ عن هذه الرسالة؟
talk-report-text = يقرؤها أحد المشرفين مع ما حولها من رسائل ويقرر. يُحظر { $name } ولا يُخبَر.
talk-report-hint = تُرفق الملفات والصيغ السابقة.
report-question-what = ما المشكلة فيها؟

## What friends see, notifications and privacy

own-delete-messages = إفراغ كل ما كتبته من رسائل أيضًا، في كل مكان
own-delete-erasing = حُذف حسابك. يستمر إفراغ رسائلك من تلقاء نفسه، وقد يستغرق ذلك بضع دقائق.
notice-friend-request = يود { $name } أن يكون صديقك.
notice-friend-added = أنت و{ $name } صديقان الآن.
notice-group-added = أضافك { $name } إلى مجموعة.
notice-missed-call = فاتتك مكالمة من { $name }.
notice-report-decided = بتّ أحد المشرفين في بلاغك. شكرًا لك.
notice-ban = تم حظرك.
notice-ban-lifted = رُفع الحظر عنك.
notice-appeal-answered = تم الرد على اعتراضك.
notice-security = تغيّر شيء في طريقة دخولك. إن لم تكن أنت فغيّر كلمة المرور.
notice-open-friends = إلى أصدقائك
notice-open-messages = إلى رسائلك
notify-call = { $name } يتصل بك
notify-message-group = رسالة جديدة في { $name }

## Why something was refused, among friends

refusal-account = يحتاج ذلك إلى حساب: أضف أولًا بريدًا إلكترونيًا وكلمة مرور.
refusal-limit = لا يمكن أكثر من ذلك.
refusal-closed = هذه المحادثة مغلقة.
refusal-edit-over = هذه الرسالة أقدم من أن تُعدَّل.
refusal-not-found = لم يعد ذلك موجودًا.
