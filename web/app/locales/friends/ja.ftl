## Friends

friends-none = まだだれもいません
friends-none-text = 会話のあとでハートを押してください。二人とも押すと、ここに表示されます。
friends-count = 友だち { $count } 人
friends-requests = 友だちになりたい人
friends-sent = たずねた人
friends-sent-quiet = そっと：相手は知りません
friends-accept = はい、よろこんで
friends-decline = いいえ
friends-decline-hint = 「いいえ」は伝えられません。
friends-accepted = { $name } さんと友だちになりました。
friends-declined = わかりました。{ $name } さんには伝えません。
friends-withdraw-from = { $name } さんへの申し出を取り消す
friends-more = もっと見る
friends-guest = ゲストで利用中です
friends-guest-text = ハートを押すことも、たずねられることもできます。友だちになって書いたり電話したりするには、アカウントが必要です。メールアドレスとパスワードだけです。
friends-presence =
    { $presence ->
        [online] います
        [in_call] 通話中
       *[offline] いません
    }
friends-since = { $date } から友だち
friends-nickname = あなたがつける名前
friends-note = メモ
friends-private = 名前とメモはあなただけに見えます。
friends-save = 保存
friends-saved = 保存しました
friends-write = 書く
friends-call = 電話
friends-call-to = { $name } さんに電話
friends-end = 友だちをやめる
friends-end-title = { $name } さんと友だちをやめますか？
friends-end-text = お互いに書くことも電話もできなくなります。これまでの内容は読めます。{ $name } さんには知らされません。
friends-ended = { $name } さんとは友だちではなくなりました。

## Messages

messages = メッセージ
messages-none = まだメッセージがありません
messages-none-text = 友だちに書くか、友だちとグループを作ってください。
messages-choose = 会話を選ぶか、友だちに書いてください。
messages-search = メッセージを検索
messages-found =
    { $count ->
        [0] 見つかりませんでした
       *[other] { $count } 件見つかりました
    }
messages-search-short = 単語を一つ以上入力してください。
messages-you = あなた：{ $text }
messages-unread = 未読 { $count } 件
messages-mentioned = あなた宛て
messages-muted = 通知オフ
messages-back = すべてのメッセージ

## A conversation

talk = { $name } さんとの会話
talk-about = この会話について
talk-search = この会話を検索
talk-mention = だれのことですか？
talk-first = ここから { $name } さんとの会話が始まります。
talk-first-group = ここから { $name } が始まります。書いたことは全員が読みます。
talk-earlier = 前のメッセージを見る
talk-later = 次のメッセージを見る
talk-newest = 最新へ
talk-new = ここから新着
talk-placeholder = メッセージを書く
talk-closed = 読むことはできますが、もう書けません。
talk-typing =
    { $count ->
        [1] { $name } さんが入力中
       *[other] { $name } さんほかが入力中
    }
talk-edited = 編集済み
talk-read-by = { $names } が読みました
talk-reply = 返信
talk-replying = { $name } さんへの返信
talk-quote-gone = 前のメッセージ
talk-edit = 編集
talk-editing = メッセージを編集中
talk-delete = 削除
talk-delete-title = このメッセージを削除しますか？
talk-delete-text = 本文、ファイル、リアクションが、全員からすぐに消えます。
talk-copy = 本文をコピー
talk-copied = コピーしました
talk-report = 報告
talk-menu = メッセージの操作：{ $text }
talk-react = リアクション
talk-reaction = { $emoji } をつける
talk-reaction-other = ほかの絵文字
talk-reactions = { $emoji }、{ $count } 人
talk-reactions-mine = { $emoji }、あなたを含む { $count } 人。押すと取り消します
talk-retry = 送信できませんでした：{ $why } もう一度送る
talk-drop = 送らない

## Files in a conversation

file-add = 画像やファイルを追加
file-uploading = { $name }：{ $percent } %
file-checking = { $name } を確認中…
file-ready = { $name } を送れます
file-remove = { $name } を外す
file-open = 画像 { $name } を開く
file-load = { $name } を開く、{ $size }
file-not-yours = { $name }、{ $size }。送った人の友だちだけが開けます。
file-gone = このファイルはもう開けません。
file-wrong-type = { $name } は送れません。画像（JPEG、PNG、WebP、GIF）、PDF、テキストだけです。
file-wrong-picture = { $name } は送れません。画像（JPEG、PNG、WebP、GIF）だけです。
file-too-large = { $name } は大きすぎます。{ $max } までです。
file-too-many = 一度に送れるのは { $max } 個までです。
file-broken = { $name } は送れません。壊れているか、中身が名前と違います。
file-full = { $name } の空きがありません。今日の分か全体の上限に達しました。
file-empty = { $name } は空です。
file-off = このサービスではファイルを送れません。
file-failed = { $name } を送れませんでした。

## Groups

group-new = 新しいグループ
group-name = グループ名
group-who = メンバー
group-who-hint = 友だちを追加できます。全部で{ $max }人までです。
group-no-friends = グループは友だちと作ります。まだ友だちがいません。
group-create = グループを作る
group-about = { $name } について
group-members = { $count } 人
group-owner = 世話役
group-you = { $name }（あなた）
group-add = 友だちを追加
group-add-yes = 追加
group-remove = { $name } さんを外す
group-remove-title = { $name } さんを外しますか？
group-remove-text = { $name } さんはこれまでの内容を読めますが、一日は追加できません。
group-rename = 名前を変える
group-leave = グループを退出
group-leave-title = { $name } を退出しますか？
group-leave-text = 一日たつと、また追加してもらえます。世話役なら、いちばん長くいる人が引き継ぎます。
group-full = グループは { $max } 人までです。
group-not-yet = { $name } さんは少し前に退出したか外されたので、{ $when }に追加できます。
talk-notify = 通知
talk-notify-all = すべてのメッセージ
talk-notify-mentions = 自分宛てのとき
talk-notify-none = なし

## What friends see, notifications and privacy

shown = 友だちに見えるもの
shown-avatar = あなたの画像
shown-avatar-add = 画像を選ぶ
shown-avatar-remove = 画像を消す
shown-avatar-saved = 新しい画像が友だちに表示されます
shown-bio = 自己紹介
shown-bio-hint = 友だちだけに見えます。
shown-status = ステータス
shown-status-placeholder = 何をしていますか？
shown-until = 期限
shown-until-always = 変えるまで
shown-until-hour = 一時間後まで
shown-until-today = 今夜まで
shown-until-week = 一週間後まで
privacy = 友だちとプライバシー
privacy-presence = 友だちに在席を見せる
privacy-presence-hint = 見せないと、友だちの在席も見えません
privacy-receipts = 友だちに既読を見せる
privacy-receipts-hint = 見せないと、友だちの既読も見えません
privacy-requests = 会った人が友だちになりたいとたずねられる
privacy-requests-hint = オフなら、だれもたずねられません
privacy-saved = 保存しました
kinds = お知らせの種類
kinds-live = ここで
kinds-email = メールで
kinds-email-unverified = メールは確認済みのアドレスだけに届きます。
kinds-for-live = { $kind }：ここで
kinds-for-email = { $kind }：メールで
kinds-always = いつも
kind-friend-request = 友だちの申し出
kind-friend-added = 新しい友だち
kind-group-added = 追加されたグループ
kind-introduction = 紹介
kind-introduction-request = 紹介についての質問
kind-missed-call = 不在着信
kind-message = メッセージ
kind-mention = 自分宛て
kind-report-decided = 報告の結果
kind-ban = 利用停止
kind-ban-lifted = 利用停止の解除
kind-appeal-answered = 異議への回答
kind-security = アカウントの安全

## Why something was refused, among friends

refusal-call = { $name } さんには今つながりません。
