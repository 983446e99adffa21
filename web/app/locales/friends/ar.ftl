## Friends

friends-none = لا أحد هنا بعد
friends-none-text = بعد محادثة اضغط القلب. إن فعلتما ذلك معًا وجد كل منكما الآخر هنا.
friends-count =
    { $count ->
        [zero] لا أصدقاء
        [one] صديق واحد
        [two] صديقان
        [few] { $count } أصدقاء
        [many] { $count } صديقًا
       *[other] { $count } صديق
    }
friends-requests = يودون أن يكونوا أصدقاءك
friends-sent = سألت
friends-sent-quiet = بهدوء: لا يعلمون بذلك
friends-accept = نعم، بكل سرور
friends-decline = لا، شكرًا
friends-decline-hint = لا يُخبَر أحد بالرفض.
friends-accepted = أنت و{ $name } صديقان الآن.
friends-declined = لا بأس. لن يعلم { $name } بذلك.
friends-withdraw-from = سحب سؤالك إلى { $name }
friends-more = عرض المزيد
friends-guest = أنت ضيف
friends-guest-text = يمكنك أن تضغط القلب وأن تُسأل. لتكون لك صداقات وتكتب وتتصل تحتاج إلى حساب: بريد إلكتروني وكلمة مرور، لا غير.
friends-presence =
    { $presence ->
        [online] هنا الآن
        [in_call] في مكالمة
       *[offline] ليس هنا
    }
friends-since = صديقان منذ { $date }
friends-nickname = الاسم الذي تختاره له
friends-note = ملاحظتك
friends-private = الاسم والملاحظة لا يراهما غيرك.
friends-save = حفظ
friends-saved = حُفظ
friends-write = كتابة
friends-call = اتصال
friends-call-to = الاتصال بـ { $name }
friends-end = إنهاء الصداقة
friends-end-title = إنهاء صداقتك مع { $name }؟
friends-end-text = لن يكتب أحدكما للآخر ولن يتصل به بعد الآن؛ وما كُتب يبقى مقروءًا. لن يعلم { $name } بذلك.
friends-ended = لم تعد و{ $name } صديقين.

## Messages

messages = الرسائل
messages-none = لا رسائل بعد
messages-none-text = اكتب إلى صديق، أو أنشئ مجموعة من الأصدقاء.
messages-choose = اختر محادثة، أو اكتب إلى صديق.
messages-search = ابحث في رسائلك
messages-found =
    { $count ->
        [zero] لم يوجد شيء
        [one] وُجدت رسالة واحدة
        [two] وُجدت رسالتان
        [few] وُجدت { $count } رسائل
        [many] وُجدت { $count } رسالة
       *[other] وُجدت { $count } رسالة
    }
messages-search-short = اكتب كلمة كاملة على الأقل.
messages-you = أنت: { $text }
messages-unread = { $count } غير مقروءة
messages-mentioned = ذُكر اسمك
messages-muted = مكتومة
messages-back = كل الرسائل

## A conversation

talk = محادثة مع { $name }
talk-about = عن هذه المحادثة
talk-search = ابحث في هذه المحادثة
talk-mention = من تقصد؟
talk-first = هنا تبدأ محادثتك مع { $name }.
talk-first-group = هنا تبدأ { $name }. كل من فيها يقرأ ما تكتبه.
talk-earlier = عرض رسائل أقدم
talk-later = عرض رسائل أحدث
talk-newest = إلى الأحدث
talk-new = جديد
talk-placeholder = اكتب شيئًا
talk-closed = يمكنك القراءة هنا، لا الكتابة.
talk-typing =
    { $count ->
        [one] { $name } يكتب
       *[other] { $name } وآخرون يكتبون
    }
talk-edited = معدَّلة
talk-read-by = قرأها { $names }
talk-reply = رد
talk-replying = ترد على { $name }
talk-quote-gone = رسالة سابقة
talk-edit = تعديل
talk-editing = تعدّل رسالتك
talk-delete = حذف
talk-delete-title = حذف هذه الرسالة؟
talk-delete-text = يختفي نصها وملفاتها وتفاعلاتها عند الجميع فورًا.
talk-copy = نسخ النص
talk-copied = نُسخ
talk-report = إبلاغ
talk-menu = خيارات الرسالة: { $text }
talk-react = تفاعل
talk-reaction = إضافة { $emoji }
talk-reaction-other = رمز آخر
talk-reactions =
    { $count ->
        [one] { $emoji }، شخص واحد
        [two] { $emoji }، شخصان
       *[other] { $emoji }، { $count } أشخاص
    }
talk-reactions-mine =
    { $count ->
        [one] { $emoji }، أنت. اضغط للتراجع
       *[other] { $emoji }، { $count } وأنت منهم. اضغط للتراجع
    }
talk-retry = لم تُرسل: { $why } حاول مرة أخرى
talk-drop = عدم الإرسال

## Files in a conversation

file-add = إضافة صور أو ملفات
file-uploading = { $name }: { $percent } %
file-checking = جارٍ فحص { $name }…
file-ready = { $name } جاهز
file-remove = إزالة { $name }
file-open = فتح الصورة { $name }
file-load = فتح { $name }، { $size }
file-not-yours = { $name }، { $size }. لا يفتحه إلا أصدقاء من أرسله.
file-gone = لم يعد فتح هذا الملف ممكنًا.
file-wrong-type = لن يُرسل { $name }: الصور (JPEG وPNG وWebP وGIF) وPDF والنص العادي فقط.
file-wrong-picture = لن يُرسل { $name }: الصور (JPEG وPNG وWebP وGIF) فقط.
file-too-large = { $name } كبير جدًا: { $max } على الأكثر.
file-too-many = { $max } ملفات على الأكثر مع كل رسالة.
file-broken = لن يُرسل { $name }: إنه تالف، أو ليس كما يقول اسمه.
file-full = لا مكان لـ { $name }: ملفاتك معًا كبيرة جدًا، لليوم أو إجمالًا.
file-empty = { $name } فارغ.
file-off = لا تقبل هذه الخدمة الملفات.
file-failed = لم يصل { $name }.

## Groups

group-new = مجموعة جديدة
group-name = اسم المجموعة
group-who = من فيها
group-who-hint = يمكنك إضافة أصدقائك، والحد الأقصى في المجموع { $max }.
group-no-friends = المجموعة من الأصدقاء: ليس لديك أصدقاء بعد.
group-create = إنشاء المجموعة
group-about = عن { $name }
group-members =
    { $count ->
        [one] شخص واحد
        [two] شخصان
        [few] { $count } أشخاص
       *[other] { $count } شخصًا
    }
group-owner = يعتني بها
group-you = { $name } (أنت)
group-add = إضافة صديق
group-add-yes = إضافة
group-remove = إزالة { $name }
group-remove-title = إزالة { $name }؟
group-remove-text = يستطيع { $name } قراءة ما كُتب حتى الآن، ولا تمكن إضافته مدة يوم.
group-rename = تغيير الاسم
group-leave = مغادرة المجموعة
group-leave-title = مغادرة { $name }؟
group-leave-text = تمكن إضافتك من جديد بعد يوم. إن كنت تعتني بالمجموعة فسيفعل ذلك أقدم من فيها.
group-full = في المجموعة { $max } أشخاص على الأكثر.
group-not-yet = غادر { $name } أو أُزيل قبل قليل، وتمكن إضافته { $when }.
talk-notify = أخبرني
talk-notify-all = بكل رسالة
talk-notify-mentions = حين يُذكر اسمي
talk-notify-none = بلا شيء

## What friends see, notifications and privacy

shown = ما يراه أصدقاؤك عنك
shown-avatar = صورتك
shown-avatar-add = اختيار صورة
shown-avatar-remove = إزالة الصورة
shown-avatar-saved = يرى أصدقاؤك الصورة الجديدة الآن
shown-bio = عنك
shown-bio-hint = لا يراه إلا أصدقاؤك.
shown-status = الحالة
shown-status-placeholder = ماذا تفعل؟
shown-until = حتى
shown-until-always = أغيّرها
shown-until-hour = بعد ساعة
shown-until-today = الليلة
shown-until-week = بعد أسبوع
privacy = الأصدقاء والخصوصية
privacy-presence = يرى الأصدقاء متى أكون هنا
privacy-presence-hint = وإلا فلن ترى أين هم أيضًا
privacy-receipts = يرى الأصدقاء ما قرأته
privacy-receipts-hint = وإلا فلن ترى ما قرؤوه أيضًا
privacy-requests = لمن التقيتهم أن يسألوني الصداقة
privacy-requests-hint = وإلا فلن يسألك أحد
privacy-saved = حُفظ
kinds = أخبرني عن
kinds-live = هنا
kinds-email = بالبريد
kinds-email-unverified = لا يُرسل البريد إلا إلى عنوان مؤكَّد.
kinds-for-live = { $kind }: هنا
kinds-for-email = { $kind }: بالبريد
kinds-always = دائمًا
kind-friend-request = طلبات الصداقة
kind-friend-added = الأصدقاء الجدد
kind-group-added = المجموعات التي أُضاف إليها
kind-introduction = التعارف
kind-introduction-request = أسئلة التعارف
kind-missed-call = المكالمات الفائتة
kind-message = الرسائل
kind-mention = ذكر اسمي
kind-report-decided = ما آلت إليه بلاغاتي
kind-ban = الحظر
kind-ban-lifted = رفع الحظر
kind-appeal-answered = الردود على الاعتراضات
kind-security = أمان الحساب

## Why something was refused, among friends

refusal-call = لا يمكن الاتصال بـ { $name } الآن.
