### Rondo がみなさんにかける言葉。やわらかい「です・ます」で、短く。

## どこでも

you = あなた
the-other = お相手
deleted-person = 退会した人
cancel = キャンセル
send = 送信
not-now = 今はやめておく
top-account = あなた：招待コード、これまでの会話
link-lost = サーバーとの接続が切れました。つなぎ直しています。
link-back = 再びつながりました。
offline = オフラインです。接続が戻れば、Rondo は自動で再開します。

## ログインとログアウト

sign-in = ログイン
sign-in-welcome = おかえりなさい、{ $name } さん
sign-out = ログアウト
sign-out-title = ログアウトしますか？
sign-out-permanent = { $email } とパスワードで、いつでも戻れます。
sign-out-guest = あなたはゲストです。メールアドレスとパスワードがないと、同じ人として戻ることはできません。
email = メールアドレス
password = パスワード
password-yours = あなたのパスワード
password-now = 現在のパスワード
password-new = 新しいパスワード
password-change = パスワードを変更
password-changed = 変更しました。ほかの端末ではログアウトされました
letter-code = メールに書かれたコード
reset = パスワードを忘れましたか？
reset-send = メールを送ってもらう
reset-sent = アカウントがあれば、メールが届きます
reset-set = パスワードを設定
reset-done = 新しいパスワードでログインしてください

## 人に会う前に

connecting = 入室しています…
connecting-waiting = サーバーからまだ応答がありません。もう一度試しています。
code-gate-title = 招待制
code-gate = Rondo は招待制です
code-gate-text = 登録はできました。人に会うには、すでにここにいる人からのコードが必要です。4 回会話をした人は、コードをひとつ贈ることができます。
code-gate-open = 扉を開ける
code-gate-welcome = ようこそ。もう人に会えます。
age-gate-title = 年齢
age-gate = 生年月日を教えてください
age-gate-text = ここでは年齢の近い人どうしが出会います。会う相手に日付が見えることはありません。あとから変更はできません。
age-gate-save = 続ける
age-gate-welcome = ありがとうございます。もう人に会えます。

## 接続が閉じられたとき

stopped-taken-over = 別のウィンドウで使用中です
stopped-taken-over-text = あなたの名前で Rondo が別の場所で開かれ、今はそちらがつながっています。
stopped-taken-over-action = ここで使う
stopped-banned = 利用が停止されています
stopped-banned-text = Rondo を利用できません。
stopped-signed-out = ログアウトしました
stopped-signed-out-text = セッションが終了しました。10 秒でまた入れます。
stopped-signed-out-action = もう一度ログイン
stopped-other = 接続されていません
stopped-other-text = サーバーとの通信が終了しました。
stopped-other-action = 接続する
ban-try-again = もう一度試す
ban-until = { $date } まで。
ban-permanent = 期限はありません。
ban-pending = モデレーターが確認するまで。
ban-object = 誤りだと思いますか？ 一度だけ異議を申し立てられます。
ban-objected = 異議を受け付けました。モデレーターが読みますので、あとでまたご確認ください。
ban-decided =
    { $status ->
        [accepted] 異議は認められました。
        [rejected] 異議は認められませんでした。
       *[other] 異議について：{ $status }
    }

## ロビー

lobby-hello = こんにちは、{ $name } さん
lobby-find = だれかを探す
lobby-camera = カメラをオンにする
lobby-connecting = サーバーに接続しています…
mode = どうやって話しますか？
mode-video = ビデオ
mode-text = テキスト
wishes = 希望
wishes-interests = 話したいこと
wishes-want = この人だけに会う
wishes-want-none = 選ばなければ全員
wishes-minutes = 通話の長さ
wishes-minutes-hint = 通話の長さは、ふたりの希望の真ん中になります。
wishes-at-once = すぐに始める
wishes-at-once-hint = 確認なしで、見つかったらすぐに話し始めます
wishes-go-on = 続けて探す
wishes-go-on-hint = 会話が終わったら列に戻ります
wishes-listed = 一覧にだけ載る
wishes-listed-hint = ほかの人から誘われます。自動では組み合わされません
camera = カメラ
camera-on = カメラをオンにする
camera-off = カメラをオフにする
microphone = マイク
mic-mute = ミュート
mic-unmute = ミュート解除
trouble-denied =
    { $device ->
        [both] ブラウザーがカメラとマイクを使えません。アドレスバーで許可してもう一度試すか、なしで続けてください。
        [camera] ブラウザーがカメラを使えません。アドレスバーで許可してもう一度試すか、カメラなしで続けてください。
       *[microphone] ブラウザーがマイクを使えません。アドレスバーで許可してもう一度試すか、マイクなしで続けてください。
    }
trouble-none =
    { $device ->
        [both] カメラもマイクも見つかりません。接続してもう一度試すか、なしで続けてください。相手を見たり聞いたりすることはできます。
        [camera] カメラが見つかりません。接続してもう一度試すか、なしで続けてください。相手を見たり聞いたりすることはできます。
       *[microphone] マイクが見つかりません。接続してもう一度試すか、なしで続けてください。相手を見たり聞いたりすることはできます。
    }
trouble-busy =
    { $device ->
        [both] カメラとマイクはほかのプログラムが使用中です。そちらを閉じて、もう一度お試しください。
        [camera] カメラはほかのプログラムが使用中です。そちらを閉じて、もう一度お試しください。
       *[microphone] マイクはほかのプログラムが使用中です。そちらを閉じて、もう一度お試しください。
    }
trouble-again = もう一度試す
trouble-insecure =
    { $device ->
        [both] カメラとマイクは安全なページでしか使えません。https か localhost でこのページを開いてください。
        [camera] カメラは安全なページでしか使えません。https か localhost でこのページを開いてください。
       *[microphone] マイクは安全なページでしか使えません。https か localhost でこのページを開いてください。
    }

## 待っている人

people = 今待っている人
people-refresh = もう一度見る
people-none = ほかに待っている人はいません。最初のひとりになりましょう。次に来た人と会えます。
people-count = 直接誘える人が { $count } 人います。
people-new =
    { $mode ->
        [video] ビデオ、来たばかり
       *[text] テキスト、来たばかり
    }
people-waiting =
    { $mode ->
        [video] ビデオ、{ $duration }待っています
       *[text] テキスト、{ $duration }待っています
    }
people-introduced = { $by } さんの紹介
people-ask = 誘う
people-ask-for =
    { $mode ->
        [video] { $name } さんをビデオ通話に誘う
       *[text] { $name } さんをテキストの会話に誘う
    }
mirror = 鏡
mirror-badge = 鏡
waiting = だれかを探しています
waiting-listed = 一覧に載っています
waiting-video = ビデオ、約 { $minutes } 分
waiting-stop = 探すのをやめる
waiting-reconnecting = つなぎ直しています… 数秒間は順番をとっておきます。
queue-hold-expired = 接続が長く切れていたため、列の順番がなくなりました。

## 「はい」と言うための 20 秒

invite-asking = { $name } さんを誘っています
invite-here = { $name } さんが来ました
invite-asking-what =
    { $mode ->
        [video] { $duration }のビデオ通話
       *[text] テキストの会話
    }
invite-what =
    { $mode ->
        [video] あなたと{ $duration }のビデオ通話をしたいそうです
       *[text] あなたとテキストで話したいそうです
    }
invite-announced =
    { $mode ->
        [video] { $name } さんが、あなたと{ $duration }のビデオ通話をしたいそうです。残り { $seconds } 秒。A で承諾、D で辞退します。
       *[text] { $name } さんが、あなたとテキストで話したいそうです。残り { $seconds } 秒。A で承諾、D で辞退します。
    }
invite-matched =
    { $mode ->
        [video] ふたりが組み合わされました。{ $duration }のビデオ通話です
       *[text] ふたりが組み合わされました。テキストの会話です
    }
invite-matched-announced =
    { $mode ->
        [video] { $name } さんと組み合わされました。{ $duration }のビデオ通話です。残り { $seconds } 秒。A で承諾、D で辞退します。
       *[text] { $name } さんと組み合わされました。テキストの会話です。残り { $seconds } 秒。A で承諾、D で辞退します。
    }
invite-missed = { $name } さんに時間内に返事をしませんでした。
invite-mirror = これは鏡です。だれかが来るまで、自分の姿が映ります
invite-accept = はい
invite-withdraw = 取り消す
invite-waiting = { $name } さんの返事を待っています…
invite-peer-accepted = { $name } さんはもう「はい」と答えました。
invite-declined = { $name } さんは今回は見送りました。
invite-cancelled = { $name } さんは気が変わったようです。
invite-expired = { $name } さんから時間内に返事がありませんでした。
invite-unavailable = { $name } さんはもういません。
invite-no-answer = 返事がなかったため、列から外れました。
invite-gone = この誘いはもうありません。

## 会話中

room = 会話
room-with = { $name } さんとの会話
room-entered =
    { $mode ->
        [video] { $name } さんとビデオ通話中です。
       *[text] { $name } さんとテキストで会話中です。
    }
room-mirror = これは鏡です。だれかが来るまで、自分の姿が映ります。
room-muted = ミュート中
room-reconnecting = サーバーにつなぎ直しています… 会話はそのまま続きます。
room-connecting = { $name } さんとつないでいます…
room-interrupted = よりよい経路を探しています…
room-camera-off = { $name } さんはカメラをオフにしています
room-leaving = 終了しています…
room-sound = 音をオンにする
room-next = 次の人へ
room-hang-up = 通話を終える
room-away = { $name } さんは離席中です
room-away-left = { $name } さんは離席中です。あと { $seconds } 秒
room-away-announced = { $name } さんは離席中です。{ $seconds } 秒間待ちます。
room-back = { $name } さんが戻りました。
room-half-minute = 残り 30 秒です。
room-ask-video = ビデオに誘う
upgrade-asked = { $name } さんをビデオに誘いました。
upgrade-asks = { $name } さんがあなたの顔を見たいそうです。
upgrade-declined = { $name } さんはテキストのまま続けたいそうです。
upgrade-agree = ビデオをオンにする
upgrade-decline = テキストのまま
hang-up-title = 終えますか？
hang-up-text = { $name } さんと別れると、丸一日は組み合わされません。
chat = チャット
chat-close = チャットを閉じる
chat-messages = メッセージ一覧
chat-message = メッセージ
chat-placeholder = 話しかけてみましょう
chat-first = { $name } さんとの会話の始まりです。思いやりを忘れずに。
chat-typing = { $name } さんが入力中
chat-sending = 送信中
chat-sent = 送信済み
chat-delivered = 配信済み
chat-read = 既読
chat-failed = 送信できませんでした：{ $why }
chat-unseen = 新着 { $count } 件
torch-mine = たいまつが燃え尽きそうです。何か話してください
torch-both = たいまつが燃え尽きそうです。ふたりとも何か話してください
torch-theirs = { $name } さんのたいまつが燃え尽きそうです
torch-announced = { $words }。残り { $seconds } 秒。
torch-on-hold = { $time }、一時停止中
torch-lit = たいまつに再び火がともりました。

## 通話の画面

call-panel = その他：画面、映像、機器
call-panel-close = 閉じる
camera-flip = カメラを切り替える
speaker = スピーカー
screen-share = 画面を共有
screen-stop = 共有をやめる
screen-shared = 画面を共有しています
screen-theirs = { $name } さんが画面を共有しています。
screen-theirs-over = { $name } さんが画面の共有をやめました。
fit-whole = 映像全体を表示
fit-fill = 枠いっぱいに表示
picture-in-picture = ピクチャー・イン・ピクチャー
full-screen = 全画面表示
full-screen-leave = 全画面表示を終える
self-move = 自分の映像。矢印キーかクリックで別の隅へ移せます。
self-move-from =
    { $corner ->
        [top-left] 自分の映像、左上。矢印キーかクリックで別の隅へ移せます。
        [top-right] 自分の映像、右上。矢印キーかクリックで別の隅へ移せます。
        [bottom-right] 自分の映像、右下。矢印キーかクリックで別の隅へ移せます。
       *[bottom-left] 自分の映像、左下。矢印キーかクリックで別の隅へ移せます。
    }
self-at =
    { $corner ->
        [top-left] 自分の映像は左上です。
        [top-right] 自分の映像は右上です。
        [bottom-right] 自分の映像は右下です。
       *[bottom-left] 自分の映像は左下です。
    }
chat-open = チャットを開く
chat-heard = { $name } さん：{ $text }
quality =
    { $level ->
        [good] 接続：良好
        [fair] 接続：普通
       *[weak] 接続：弱い
    }
quality-weak = 接続が弱くなっています
quality-better = 接続がよくなりました。
quality-loss = { $percent } % 損失
quality-delay = 遅延 { $ms } ミリ秒
quality-frames = 毎秒 { $fps } フレーム

## 終わり方

ended-apart = 丸一日は、ふたりが組み合わされることはありません。
ended-hangup = { $name } さんが通話を終えました
ended-hangup-text = { $name } さんとの会話はここまでです。
ended-hangup-mine = 通話を終えました
ended-hangup-mine-text = { $name } さんと話してくださって、ありがとうございました。
ended-next = { $name } さんは次へ進みました
ended-next-text = よくあることです。あなたのせいではありません。
ended-next-mine = 次の人へ
ended-time-up = 時間になりました
ended-time-up-text = { $name } さんとの時間が終わりました。よい会話ほど、早く終わるものです。
ended-torch = たいまつが消えました
ended-torch-text = 火をともし続ける人がいなくなり、{ $name } さんとの部屋は暗くなりました。
ended-away = { $name } さんは戻りませんでした
ended-away-mine = 離席が長すぎました
ended-away-text = 接続が切れ、部屋をこれ以上とっておけませんでした。
ended-no-path = つながりませんでした
ended-no-path-text = { $name } さんとの間に経路が見つかりませんでした。だれのせいでもありません。また会えるまで、少し時間がかかることがあります。
ended-reported = { $name } さんを通報しました
ended-reported-text = ありがとうございます。モデレーターが確認します。ふたりが会うことは、もうありません。
ended-blocked = { $name } さんをブロックしました
ended-blocked-text = これからずっと、お互いに見えなくなります。
ended-gone = { $name } さんはいなくなりました
ended-gone-text = この人はもう Rondo にいません。
ended-other = 会話は終わりました
ended-other-text = 離れている間に、{ $name } さんとの会話が終わりました。
ended-talked = { $duration }話しました。
ended-again = ほかの人を探す
ended-again-text = 別のチャットを探す
ended-goes-on = { $seconds } 秒後にほかの人を探します
ended-stay = ここに残る
ended-home = はじめに戻る

## ブロックと通報

block = ブロック
block-or-report = { $name } さんをブロックまたは通報
block-title = { $name } さんをブロックしますか？
block-text = { $name } さんと組み合わされることは二度となく、お互いに見えなくなります。会話中ならすぐに終わります。{ $name } さんには知らされません。
block-done = { $name } さんをブロックしました
report-and-block = 通報してブロック
report-done = { $name } さんを通報し、ブロックしました
report-question = 通報することはありますか？
report-none = 通報はせず、ブロックだけ
report-sexual = 性的な行為や裸
report-harassment = 侮辱や嫌がらせ
report-hate = 憎悪表現
report-violence = 脅しや暴力
report-minor = 未成年のようだ
report-spam = 宣伝や詐欺
report-other = そのほか
report-details = 何がありましたか？
report-hint = モデレーターが、この内容と会話に書かれたことを読みます。映像は記録されていません。

## 紹介

introduce = { $name } さんに友だちを紹介する
introduce-short = 紹介する
introduce-text = { $name } さんに会ってほしい人に、このリンクを渡してください。まず { $name } さんの意向を確かめます。「はい」なら、ふたりはお互いを最初に目にし、両方が待つとすぐに組み合わされます。
introduce-hint = リンクは 90 日間、一日に数人まで使えます。だれが作り、だれが使ったかは { $name } さんに伝わります。
introduce-pass-on-title = { $name } さんに会おう
introduce-pass-on = Rondo で { $name } さんに会いました。ふたりは会うといいと思います。
pass-on-link = リンク
pass-on-copy = コピー
pass-on-copied = コピーしました
pass-on-by-hand = Ctrl+C を押してコピーしてください
pass-on-share = 共有
letter-title = { $name } さんに会いますか？
letter-text = { $by } さんがあなたを紹介したいそうです。{ $name } さんに意向を確かめます。あなたの名前が見えます。「はい」なら、お互いに優先されます。
letter-follow = 紹介してもらう
notices = お知らせ
notices-new = お知らせ、新着 { $count } 件
notices-none = まだありません。友だちがだれかを紹介してくれたら、ここに届きます。
notice-other = 新しいお知らせがあります。
notice-question = あなたと { $name } さんは会うといいと思っている人がいます。
notice-question-by = { $by } さんは、あなたと { $name } さんが会うといいと思っています。
notice-ask = 会ってみますか？
notice-said-yes = 「はい」と答えました。
notice-said-no = 「いいえ」と答えました。
notice-missed = 時間内に返事がなかったので、だれにも知らされていません。
notice-introduced = { $name } さんが紹介されました。ふたりはお互いに優先されます。
notice-introduced-by = { $by } さんが { $name } さんを紹介してくれました。ふたりはお互いに優先されます。
notice-find = いま人を探す
question-yes = はい、ぜひ
question-no = いいえ、けっこうです
question-hint = 断っても、だれにも知らされません。
question-hint-by = 断っても、だれにも知らされず、{ $by } さんがもう一度頼むこともできません。
question-agreed = うれしいです。あなたと { $name } さんは、これからお互いに優先されます。
question-guest = ゲスト
question-refused = わかりました。だれにも知らされません。
question-over = この質問はすでに答えられたか、期限が過ぎました。

## アカウント

account = あなた
account-profile = ほかの人からの見え方
profile-save = 保存
profile-saved = 保存しました。これから会う人に表示されます
alerts = 音と通知
alerts-sounds = 音
alerts-sounds-hint = 招待、メッセージ、最後の 30 秒に鳴ります
alerts-notify = 通知
alerts-notify-hint = ほかのページを見ているあいだ、ブラウザーから届きます
alerts-notify-denied = ブラウザーがここからの通知を止めています。アドレスバーで許可してください
alerts-notify-none = このブラウザーでは、このページの通知は使えません
notify-message = { $name } さんから新しいメッセージ
account-completions = 30 秒以上の会話 { $count } 回
account-code = あなたの招待コード
account-earn = コードで入り、30 秒の会話を { $needed } 回した人は、友だち { $needed } 人分の自分のコードがもらえます。
account-earn-left = あと { $left } 回、30 秒の会話をすると、友だち { $needed } 人分の自分のコードがもらえます。
account-qr = 招待コードの QR 画像
account-uses = { $uses } 回のうち、あと { $left } 回使えます。
account-uses-none = { $uses } 回すべて使われました。残り 0 回です。
account-pass-on = 私の招待コードで入ってください。
account-past = これまでの会話
past-none = まだありません。5 秒以上の会話がここに並びます。
past-earlier = 前のものを表示
past-what =
    { $mode ->
        [video] ビデオ、{ $duration }、{ $since }
       *[text] テキスト、{ $duration }、{ $since }
    }
past-messages = メッセージ { $count } 件
own-return = 戻ってくるには
own-stay = これからも使う
own-devices = ログイン中の端末
own-this-browser = このブラウザー
own-device = { $system } の { $browser }
own-device-unknown = 不明な端末
own-data = あなたのデータ
own-download = すべてダウンロード
own-download-text = ほかの人に取られないよう、ご本人であることを確かめさせてください。
own-download-yes = ダウンロード
own-delete = アカウントを削除
own-delete-title = アカウントを削除しますか？
own-delete-text = 名前も履歴も作ったものも、すぐにすべて消え、だれにも元に戻せません。会った人の履歴には「{ $deleted }」と残ります。
own-delete-yes = 削除
own-delete-no = 残す
own-id = あなたの ID（運営者への連絡用）：{ $id }
own-guest = このブラウザーだけのゲストです。メールアドレスとパスワードがあれば、どこからでも同じ人として戻れます。
own-keep = アカウントを残す
own-kept = これからはメールアドレスで戻れます
own-letter-sent = メールを送りました
own-letter-again = もう一度送る
own-letter-again-sent = 新しいメールを送りました。前のコードは使えなくなりました
own-other-address = 別のアドレス
own-address-lost = ログインに使っているアドレスは、ほかの人のものだと確認されました。今までどおりそのアドレスとパスワードでログインできますが、ご自分のアドレスを登録してください。
own-pending = { $email } にメールを送りました。コードは一日有効です。
own-verified = 確認済み
own-not-verified = 未確認
own-verify = 確認
own-verify-ask = メールで確認する
own-verify-done = 確認しました
own-wrong-login = メールアドレスかパスワードが違います。
own-wrong-password = パスワードが違います。
own-wrong-email = { $example } のようなメールアドレスをひとつ入力してください。
own-email-taken = このメールアドレスは、すでに別のアカウントで使われています。
own-code-old = このコードは古いか、すでに使われています。
own-no-letters = このサービスはメールを送っていません。

## ヘルプ

help = Rondo のしくみ
help-pairing = あなたが待ち、だれかが待ち、ふたりが引き合わされます。返事の時間は 20 秒ずつ。テキストでは、たいまつの火を絶やさないように。2 分間黙っていると燃え尽きていきます。
help-media = 映像と音声はブラウザーからブラウザーへ届きます。サーバーが再起動しても、通話は続きます。
help-keys = キー
key-accept = 誘いを受ける
key-decline = 誘いを断る
key-microphone = マイクのオン・オフ
key-camera = カメラのオン・オフ
key-chat = チャットを開いて書く
key-share = 画面を共有
key-full = 全画面
key-next-keys = N、スペース
key-next = 次の人へ
key-escape = 通話を終える（確認あり）、画面を閉じる、探すのをやめる
key-help = このヘルプ
help-single-keys = キーひとつの操作を使う（Esc は常に有効）
help-developers = 開発者の方へ：{ $link }
help-contract = 通信の仕様
help-close = わかりました

## Friends: staying in touch after a call

friends-nav = 友だちとメッセージ
friends-nav-new = 友だちとメッセージ、新着 { $count } 件
friends-loading = お待ちください…
touch = これからも連絡を取る
touch-hint = { $name } さんも押したときだけ、{ $name } さんに伝わります。
touch-done = これからも連絡を取りたいと思っています
touch-done-hint = { $name } さんも同じ気持ちのときだけ伝わり、お互いが友だちに表示されます。
touch-undo = 取り消す
touch-aloud = { $name } さんに直接たずねる
touch-aloud-hint = たずねたことと書いたことが { $name } さんに伝わります。
touch-note = { $name } さんへのひとこと
touch-send = たずねる
touch-asked = { $name } さんにたずねました
touch-asked-hint = 「はい」なら、お互いが友だちに表示されます。「いいえ」は伝えられません。
touch-friends = { $name } さんと友だちになりました
touch-refused = { $name } さんにはたずねられません。
touch-friends-hint = いつでも電話やメッセージができます。
touch-needs-account = { $name } さんも同じ気持ちです。アカウントを残すと友だちになれます。
touch-waits = お互いに同じ気持ちです。{ $name } さんがアカウントを持つと友だちになれます。
touch-like = { $name } さんとこれからも連絡を取る
touch-unlike = { $name } さんと連絡を取りたいと思っています。取り消す

## Friends

friends = 友だち
friends-write-to = { $name } さんに書く

## Calls between friends

call-here = { $name } さんから電話です
call-asking = { $name } さんに電話中
call-what = 友だちとのビデオ通話
call-announced = { $name } さんから電話です。{ $seconds } 秒以内に、A で出る、D で断る。
call-accept = 出る
call-withdraw = 切る
call-waiting = 呼び出し中…
call-hang-up-text = { $name } さんとの通話が終わります。

## Messages

messages-by = { $name }：{ $text }
messages-picture = 画像
messages-file = ファイル
messages-deleted = 削除されたメッセージ
messages-hidden = ブロックした人のメッセージ

## A conversation

talk-former = 元メンバー
talk-call =
    { $outcome ->
        [ended] ビデオ通話、{ $duration }
        [declined] ビデオ通話、応答なし
        [cancelled] ビデオ通話、取り消し
        [expired] ビデオ通話、不在着信
       *[other] ビデオ通話、つながらず
    }
notice-created =
    { $mine ->
        [by] あなたがグループを作りました。
       *[other] { $by } さんがグループを作りました。
    }
notice-added =
    { $mine ->
        [by] あなたが { $name } さんを追加しました。
        [name] { $by } さんがあなたを追加しました。
       *[other] { $by } さんが { $name } さんを追加しました。
    }
notice-left = { $name } さんが退出しました。
notice-removed =
    { $mine ->
        [by] あなたが { $name } さんを外しました。
       *[other] { $by } さんが { $name } さんを外しました。
    }
notice-renamed =
    { $mine ->
        [by] あなたがグループ名を { $title } にしました。
       *[other] { $by } さんがグループ名を { $title } にしました。
    }
notice-owner =
    { $mine ->
        [name] あなたがグループの世話役になりました。
       *[other] { $name } さんがグループの世話役になりました。
    }
notice-closed = この会話は閉じています。
notice-reopened = また友だちになりました。この会話を続けられます。
talk-report-title = このメッセージを報告しますか？
talk-report-text = モデレーターが前後のメッセージと一緒に読んで判断します。{ $name } さんはブロックされ、知らされません。
talk-report-hint = ファイルと編集前の内容も一緒に送られます。
report-question-what = 何が問題ですか？

## What friends see, notifications and privacy

own-delete-messages = 書いたメッセージもすべて、どこでも空にする
own-delete-erasing = アカウントは削除されました。メッセージを空にする処理は続いており、数分かかることがあります。
notice-friend-request = { $name } さんが友だちになりたいそうです。
notice-friend-added = { $name } さんと友だちになりました。
notice-group-added = { $name } さんがあなたをグループに追加しました。
notice-missed-call = { $name } さんから不在着信がありました。
notice-report-decided = 報告について判断が出ました。ありがとうございます。
notice-ban = 利用が停止されました。
notice-ban-lifted = 利用停止が解除されました。
notice-appeal-answered = 異議への回答がありました。
notice-security = サインインに変更がありました。心当たりがなければ、パスワードを変えてください。
notice-open-friends = 友だちへ
notice-open-messages = メッセージへ
notify-call = { $name } さんから電話です
notify-message-group = { $name } に新しいメッセージ

## Why something was refused, among friends

refusal-account = アカウントが必要です。まずメールアドレスとパスワードを追加してください。
refusal-limit = これ以上は増やせません。
refusal-closed = この会話は閉じています。
refusal-edit-over = このメッセージは古いため編集できません。
refusal-not-found = もうありません。
