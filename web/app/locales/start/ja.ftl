### Rondo がみなさんにかける言葉。やわらかい「です・ます」で、短く。

## どこでも

just-now = たった今
close = 閉じる
optional = 任意
dialog-stay = とどまる
top-brand = Rondo、トップページ
top-you = あなた
top-help = ヘルプとショートカット
language = 言語

## はじめのページと登録

landing = 出会うはずのなかった人に、出会おう。
landing-lead = Rondo は、知らない人どうしを一組ずつ引き合わせます。ふたりが「はい」と言えば、話して、また次へ。作り込むプロフィールも、メールも、タイムラインもありません。
landing-direct = 映像はふたりの間だけを直接行き来します
landing-once = 同じ人とは一日に二度会いません
landing-leave = 退室もブロックもキーひとつ
landing-here = 今ここに約 { $count } 人います
sign-up-title = 今日のあなたのお名前は？
sign-up = はじめる
sign-up-adult = { $age } 歳以上です
sign-up-have-account = アカウントを持っています
sign-up-hint = このブラウザーで 7 日間ゲストとして使えます。思いやりを忘れずに。通報されることもあります。
name = 名前
interests = 興味のあること
interests-placeholder = 音楽, 料理, チェス
interests-hint = 同じ興味を持つ人と先に会えます。
gender = 性別
gender-unspecified = 答えない
gender-female = 女性
gender-male = 男性
gender-nonbinary = ノンバイナリー
invite-code = 招待コード
invite-code-later = あとからでも入力できます
invite-code-wrong = この招待コードは使えません。誤っているか、使い切られています。
birth-date = 生年月日
birth-date-wrong = このサービスの対象年齢に達していないか、生年月日が正しくありません。
gate-working = 今、近くのネットワークからたくさんの人が来ています。ロボットではなく人のために入口を開けておけるよう、ブラウザーが少し計算をしています。少々お待ちください…
gate-not-loaded = 確認画面を読み込めませんでした。もう一度お試しください。

## 紹介

letter = { $by } さんが、あなたに { $name } さんと会ってほしいそうです
letter-hint = 入室すると、{ $name } さんに意向を確かめます。「はい」なら、お互いが最初に見え、ふたりとも待つとすぐに組み合わされます。
letter-followed = { $name } さんに知らせました。「はい」なら、お互いに優先されます。

## うまくいかなかった理由

refusal-unavailable = この人とはもう会えません。
refusal-cooldown = 少し前に会ったか、すれ違ったばかりです。明日また試してください。
refusal-fast = 少し速すぎたようです。{ $duration }後にもう一度お試しください。
refusal-access = ここで人に会うには、招待コードが必要です。
refusal-birth-date = 人に会う前に、生年月日を教えてください。
refusal-gate = 今、近くのネットワークから人が多すぎます。数分後にもう一度お試しください。
refusal-banned = 今は Rondo を利用できません。
refusal-offline = サーバーにつながりません。少ししてからもう一度お試しください。
refusal-invite-gone = この誘いは終わりました。
refusal-signed-out = ログアウトしています。
refusal-other = うまくいきませんでした。
