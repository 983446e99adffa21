### What Rondo says to people, in English: the catalogue that all others are made from.
### $name, $by: what a person calls themselves. $mode: "video" or "text". Tone: warm, short, to one person.

## Everywhere

you = You
the-other = The other person
deleted-person = Deleted person
cancel = Cancel
send = Send
not-now = Not now
top-account = You: invite code, past conversations
link-lost = The connection to the server is lost. Reconnecting.
offline = You are offline. Rondo goes on by itself as soon as you are back.
link-back = Connected again.

## Signing in and out

sign-in = Sign in
sign-in-welcome = Welcome back, { $name }
sign-out = Sign out
sign-out-title = Sign out?
sign-out-permanent = You can come back with { $email } and your password.
sign-out-guest = You are a guest: without e-mail and password nobody can come back as you.
email = E-mail
password = Password
password-yours = Your password
password-now = Password now
password-new = New password
password-change = Change password
password-changed = Changed. Everywhere else you are signed out
letter-code = Code from the letter
reset = Forgot your password?
reset-send = Send me a letter
reset-sent = If there is such an account, a letter is on its way
reset-set = Set password
reset-done = Sign in with your new password

## Before one may meet people

connecting = Coming in…
connecting-waiting = The server does not answer yet. Trying again.
code-gate-title = By invitation
code-gate = Rondo is by invitation
code-gate-text = You are in, but to meet people you need a code from somebody who is here already. Each person who has had four conversations has one to give away.
code-gate-open = Open the door
code-gate-welcome = Welcome. You may meet people now.
age-gate-title = Your age
age-gate = When were you born?
age-gate-text = People meet others of about their own age here. Nobody you meet sees the date, and it cannot be changed later.
age-gate-save = Go on
age-gate-welcome = Thank you. You may meet people now.

## The connection is closed for good

stopped-taken-over = You are in another window
stopped-taken-over-text = Rondo is open somewhere else with your name, and that window has the line now.
stopped-taken-over-action = Use it here
stopped-banned = You are banned
stopped-banned-text = You cannot use Rondo.
stopped-signed-out = You are signed out
stopped-signed-out-text = Your session is over. Come in again; it takes ten seconds.
stopped-signed-out-action = Sign in again
stopped-other = Not connected
stopped-other-text = The conversation with the server is over.
stopped-other-action = Connect
ban-try-again = Try again
ban-until = Until { $date }.
ban-permanent = For good.
ban-pending = Until a moderator has had a look.
ban-object = Is this wrong? You may object once.
ban-objected = You have objected. A moderator will read it; look in again later.
# $status: "accepted" or "rejected", as the moderator decided
ban-decided =
    { $status ->
        [accepted] Your objection was accepted.
        [rejected] Your objection was rejected.
       *[other] Your objection was { $status }.
    }

## The lobby

lobby-hello = Hello, { $name }
lobby-find = Find someone
lobby-camera = Turn on camera
lobby-connecting = Connecting to the server…
mode = How do you want to talk?
mode-video = Video
mode-text = Text
wishes = Wishes
wishes-interests = Talk about
wishes-want = Meet only
wishes-want-none = nothing chosen: everyone
wishes-minutes = Length of a call
wishes-minutes-hint = The call lasts the middle of what the two of you ask for.
wishes-at-once = Start at once
wishes-at-once-hint = No question first: you talk as soon as somebody is found
wishes-go-on = Keep going
wishes-go-on-hint = Back into the queue when a room ends
wishes-listed = Only be listed
wishes-listed-hint = Others may ask you; the queue does not pair you
camera = Camera
camera-on = Turn camera on
camera-off = Turn camera off
microphone = Microphone
mic-mute = Mute
mic-unmute = Unmute
# $device: "camera", "microphone" or "both"
trouble-denied =
    { $device ->
        [both] The browser may not use your camera and your microphone. Allow them in the address bar, then try again, or go on without.
        [camera] The browser may not use your camera. Allow it in the address bar, then try again, or go on without.
       *[microphone] The browser may not use your microphone. Allow it in the address bar, then try again, or go on without.
    }
trouble-none =
    { $device ->
        [both] No camera and no microphone found. Connect one and try again, or go on without: you still see and hear the other person.
        [camera] No camera found. Connect one and try again, or go on without: you still see and hear the other person.
       *[microphone] No microphone found. Connect one and try again, or go on without: you still see and hear the other person.
    }
trouble-busy =
    { $device ->
        [both] Camera and microphone are in use by another program. Close it there, then try again.
        [camera] Your camera is in use by another program. Close it there, then try again.
       *[microphone] Your microphone is in use by another program. Close it there, then try again.
    }
trouble-again = Try again
trouble-insecure =
    { $device ->
        [both] Browsers give camera and microphone to secure pages only: open this page over https or as localhost.
        [camera] Browsers give the camera to secure pages only: open this page over https or as localhost.
       *[microphone] Browsers give the microphone to secure pages only: open this page over https or as localhost.
    }

## Who is waiting

people = Waiting now
people-refresh = Look again
people-none = Nobody else is waiting. Be the first: whoever comes next meets you.
people-count =
    { $count ->
        [one] { $count } person you could ask directly.
       *[other] { $count } people you could ask directly.
    }
people-new =
    { $mode ->
        [video] Video, just came
       *[text] Text, just came
    }
people-waiting =
    { $mode ->
        [video] Video, waiting for { $duration }
       *[text] Text, waiting for { $duration }
    }
people-introduced = introduced by { $by }
people-ask = Ask
people-ask-for =
    { $mode ->
        [video] Ask { $name } for a video call
       *[text] Ask { $name } for a text conversation
    }
mirror = Mirror
mirror-badge = mirror
waiting = Looking for someone
waiting-listed = You are on the list
waiting-video = Video, about { $minutes } min
waiting-stop = Stop looking
waiting-reconnecting = Reconnecting… your place is kept for a few seconds.
queue-hold-expired = The connection was away for too long, so your place in the queue is gone.

## Twenty seconds to say yes

invite-asking = Asking { $name }
invite-here = { $name } is here
invite-asking-what =
    { $mode ->
        [video] for a video call of { $duration }
       *[text] for a text conversation
    }
invite-what =
    { $mode ->
        [video] wants a video call of { $duration } with you
       *[text] wants a text conversation with you
    }
invite-matched =
    { $mode ->
        [video] You two are matched for a video call of { $duration }
       *[text] You two are matched for a text conversation
    }
invite-matched-announced =
    { $mode ->
        [video] You and { $name } are matched for a video call of { $duration }. You have { $seconds } seconds. A accepts, D declines.
       *[text] You and { $name } are matched for a text conversation. You have { $seconds } seconds. A accepts, D declines.
    }
invite-announced =
    { $mode ->
        [video] { $name } wants a video call of { $duration } with you. You have { $seconds } seconds. A accepts, D declines.
       *[text] { $name } wants a text conversation with you. You have { $seconds } seconds. A accepts, D declines.
    }
invite-mirror = This is a mirror: you see yourself until someone comes
invite-accept = Say yes
invite-withdraw = Take it back
invite-waiting = Waiting for { $name } to say yes…
invite-peer-accepted = { $name } said yes already.
invite-declined = { $name } said no this time.
invite-cancelled = { $name } changed their mind.
invite-expired = { $name } did not answer in time.
invite-missed = You did not answer { $name } in time.
invite-unavailable = { $name } is not there any more.
invite-no-answer = You did not answer, so you are no longer in the queue.
invite-gone = The invite is gone.

## In a room

room = Room
room-with = Room with { $name }
room-entered =
    { $mode ->
        [video] You are in a video call with { $name }.
       *[text] You are in a text room with { $name }.
    }
room-mirror = This is a mirror: you see yourself until someone comes.
room-muted = muted
room-reconnecting = Reconnecting to the server… your conversation goes on.
room-connecting = Connecting you and { $name }…
room-interrupted = Looking for a better way…
room-camera-off = { $name } has the camera off
room-leaving = Hanging up…
room-sound = Turn on sound
room-next = Next
room-hang-up = Hang up
room-away = { $name } is away
room-away-left = { $name } is away, { $seconds } s
room-away-announced = { $name } is away. The room waits { $seconds } seconds.
room-back = { $name } is back.
room-half-minute = Half a minute left.
room-ask-video = Ask for video
upgrade-asked = You asked { $name } for video.
upgrade-asks = { $name } would like to see you.
upgrade-declined = { $name } would rather go on in text.
upgrade-agree = Turn on video
upgrade-decline = Stay in text
hang-up-title = Hang up?
hang-up-text = You two will not be paired again for a day after you leave { $name }.
chat = Chat
chat-close = Close chat
chat-messages = Messages
chat-message = Message
chat-placeholder = Say something
chat-first = This is the beginning of your conversation with { $name }. Be kind.
chat-typing = { $name } is typing
chat-sending = Sending
chat-sent = Sent
chat-delivered = Delivered
chat-read = Read
chat-unseen = { $count } new
chat-failed = Not sent: { $why }
torch-mine = The torch burns down: say something
torch-both = The torch burns down: both of you, say something
torch-theirs = { $name } lets the torch burn down
torch-announced = { $words }. { $seconds } seconds left.
torch-on-hold = { $time }, on hold
torch-lit = The torch is lit again.

## The stage of a call

call-panel = More: screen, picture, devices
call-panel-close = Close
camera-flip = Switch camera
speaker = Speaker
screen-share = Share screen
screen-stop = Stop sharing
screen-shared = You are sharing your screen
screen-theirs = { $name } shares a screen.
screen-theirs-over = { $name } no longer shares a screen.
fit-whole = Show all of the picture
fit-fill = Fill the frame
picture-in-picture = Picture in picture
full-screen = Full screen
full-screen-leave = Leave full screen
# $corner: top-left, top-right, bottom-right or bottom-left
self-move = Your picture. Arrow keys or a click move it to another corner.
self-move-from =
    { $corner ->
        [top-left] Your picture, top left. Arrow keys or a click move it to another corner.
        [top-right] Your picture, top right. Arrow keys or a click move it to another corner.
        [bottom-right] Your picture, bottom right. Arrow keys or a click move it to another corner.
       *[bottom-left] Your picture, bottom left. Arrow keys or a click move it to another corner.
    }
self-at =
    { $corner ->
        [top-left] Your picture is top left.
        [top-right] Your picture is top right.
        [bottom-right] Your picture is bottom right.
       *[bottom-left] Your picture is bottom left.
    }
chat-open = Open the chat
chat-heard = { $name } writes: { $text }
quality =
    { $level ->
        [good] Connection: good
        [fair] Connection: fair
       *[weak] Connection: weak
    }
quality-weak = Your connection is weak
quality-better = Your connection is better again.
quality-loss = { $percent } % lost
quality-delay = { $ms } ms delay
quality-frames = { $fps } frames a second

## How it ended

ended-apart = You two will not be paired again for a day.
ended-hangup = { $name } hung up
ended-hangup-text = That was it with { $name }.
ended-hangup-mine = You hung up
ended-hangup-mine-text = Thanks for talking with { $name }.
ended-next = { $name } moved on
ended-next-text = It happens; it says nothing about you.
ended-next-mine = On to the next
ended-time-up = Time is up
ended-time-up-text = Your time with { $name } is over. Good conversations end too early.
ended-torch = The torch went out
ended-torch-text = Nobody kept it burning, so the room with { $name } went dark.
ended-away = { $name } did not come back
ended-away-mine = You were away too long
ended-away-text = The connection was lost and the room could not be held any longer.
ended-no-path = You could not be connected
ended-no-path-text = No path was found between you and { $name }. That is nobody's fault. It may take a while until you two can meet again.
ended-reported = You reported { $name }
ended-reported-text = Thank you. A moderator will have a look, and you two never meet again.
ended-blocked = You blocked { $name }
ended-blocked-text = You are out of sight for each other, for good.
ended-gone = { $name } is gone
ended-gone-text = This person is no longer on Rondo.
ended-other = The room is over
ended-other-text = While you were away, the room with { $name } ended.
ended-talked = You talked for { $duration }.
ended-again = Find someone else
ended-again-text = Find another chat
ended-goes-on = Looking for someone else in { $seconds } s
ended-stay = Stay here
ended-home = Back to start

## Blocking and reporting

block = Block
block-or-report = Block or report { $name }
block-title = Block { $name }?
block-text = You will never be paired with { $name } again, and neither of you sees the other any more. A room you share ends at once. { $name } is not told.
block-done = { $name } is blocked
report-and-block = Report and block
report-done = { $name } is reported and blocked
report-question = Is there something to report?
report-none = Nothing to report: only block
report-sexual = Sexual behaviour or nudity
report-harassment = Insults or harassment
report-hate = Hate
report-violence = Threats or violence
report-minor = Seems to be under age
report-spam = Advertising or fraud
report-other = Something else
report-details = What happened?
report-hint = A moderator reads this, and what was written in the room. The picture was not recorded.

## Introductions

introduce = Introduce a friend to { $name }
introduce-short = Introduce
introduce-text = Give this link to somebody who should meet { $name }. { $name } is asked first. After a yes the two see each other first, and the queue pairs them as soon as both wait.
introduce-hint = The link works for 90 days and a few friends a day. { $name } is told who made it and who followed it.
introduce-pass-on-title = Meet { $name }
introduce-pass-on = I met { $name } on Rondo. I think you two should meet.
pass-on-link = Link
pass-on-copy = Copy
pass-on-copied = Copied
pass-on-by-hand = Press Ctrl+C to copy
pass-on-share = Share
letter-title = Meet { $name }?
letter-text = { $by } would like to introduce you. { $name } is asked, and sees your name. After a yes you two go first with each other.
letter-follow = Introduce me
notices = Notifications
notices-new = Notifications, { $count } new
notices-none = Nothing yet. When a friend introduces somebody to you, you read it here.
notice-other = There is news for you.
notice-question = Somebody thinks that you and { $name } should meet.
notice-question-by = { $by } thinks that you and { $name } should meet.
notice-ask = Would you like that?
notice-said-yes = You said yes.
notice-said-no = You said no.
notice-missed = You did not answer in time, and nobody was told.
notice-introduced = { $name } was introduced to you. You two go first with each other.
notice-introduced-by = { $by } has introduced { $name } to you. You two go first with each other.
notice-find = Look for someone now
question-yes = Yes, gladly
question-no = No, thank you
question-hint = If you would rather not, nobody is told.
question-hint-by = If you would rather not, nobody is told, and { $by } cannot ask again.
question-agreed = Lovely. You and { $name } go first with each other now.
question-guest = your guest
question-refused = That is fine. Nobody is told.
question-over = This question has been answered already, or its time is over.

## The account

account = You
account-profile = How others see you
profile-save = Save
profile-saved = Saved. Whoever meets you from now on sees it
alerts = Sounds and notifications
alerts-sounds = Sounds
alerts-sounds-hint = For an invite, a message and the last half minute
alerts-notify = Notifications
alerts-notify-hint = From your browser, while you look at another page
alerts-notify-denied = Your browser was told not to show any from here. Allow them in the address bar
alerts-notify-none = This browser has none for this page
notify-message = New message from { $name }
account-completions =
    { $count ->
        [one] { $count } conversation of half a minute or longer
       *[other] { $count } conversations of half a minute or longer
    }
account-code = Your invite code
account-earn = Whoever comes in by a code and has { $needed } conversations of 30 seconds gets one of their own, for { $needed } friends.
account-earn-left =
    { $left ->
        [one] { $left } more conversation of 30 seconds, and you get a code of your own, for { $needed } friends.
       *[other] { $left } more conversations of 30 seconds, and you get a code of your own, for { $needed } friends.
    }
account-qr = Your invite code as a QR image
account-uses = { $left } of { $uses } uses left.
account-uses-none = All { $uses } uses are spent: 0 left.
account-pass-on = Come in with my invite code.
account-past = Past conversations
past-none = None yet. Conversations of five seconds or longer stand here.
past-earlier = Show earlier ones
past-what =
    { $mode ->
        [video] Video, { $duration }, { $since }
       *[text] Text, { $duration }, { $since }
    }
past-messages =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
own-return = Coming back
own-stay = Stay
own-devices = Where you are signed in
own-this-browser = this browser
own-device = { $browser } on { $system }
own-device-unknown = Unknown device
own-data = Your data
own-download = Download everything
own-download-text = So that nobody else can take it, please say that it is you.
own-download-yes = Download
own-delete = Delete account
own-delete-title = Delete your account?
# $deleted: the message deleted-person
own-delete-text = Your name, your history and everything you made go at once, and nobody can bring them back. In the history of the people you met stands "{ $deleted }".
own-delete-yes = Delete
own-delete-no = Keep it
own-id = Your id, for whoever runs this service: { $id }
own-guest = You are a guest in this browser only. With an e-mail address and a password you can come back from anywhere, as the same person.
own-keep = Keep my account
own-kept = You can come back with your e-mail address now
own-letter-sent = A letter is on its way
own-letter-again = Send it again
own-letter-again-sent = Another letter is on its way; the code before it is no good any more
own-other-address = Another address
own-address-lost = Somebody else has shown that the address you sign in with is theirs. You still sign in with it and your password; give an address of your own.
own-pending = A letter has gone to { $email }. Its code is good for a day.
own-verified = verified
own-not-verified = not verified
own-verify = Verify
own-verify-ask = Verify it by letter
own-verify-done = Verified
own-wrong-login = E-mail address or password is wrong.
own-wrong-password = This is not your password.
own-wrong-email = Please give one e-mail address, like { $example }.
own-email-taken = This e-mail address belongs to an account already.
own-code-old = This code is too old, or it was used already.
own-no-letters = This service sends no letters.

## Help

help = How Rondo works
help-pairing = You wait, someone else waits, and you are introduced. Both have 20 seconds to say yes. In text, keep the torch lit: whoever is silent for two minutes lets it burn down.
help-media = Video and sound go from browser to browser. If the server restarts, your call goes on.
help-keys = Keys
key-accept = accept an invite
key-decline = decline an invite
key-microphone = microphone on or off
key-camera = camera on or off
key-chat = open the chat, and write
key-share = share your screen
key-full = full screen
key-next-keys = N, Space
key-next = next person
key-escape = hang up (asks first), close a dialog, stop looking
key-help = this help
help-single-keys = Single keys do things (Esc always does)
help-developers = For developers: { $link }.
help-contract = the contract
help-close = Got it

## Friends: staying in touch after a call

friends-nav = Friends and messages
friends-nav-new = Friends and messages, { $count } with something new
friends-loading = One moment…
touch = Stay in touch
touch-hint = { $name } learns of it only if they press it too.
touch-done = You would like to stay in touch
touch-done-hint = { $name } learns of it only if they would like it too. Then you find each other among your friends.
touch-undo = Take it back
touch-aloud = Ask { $name } openly
touch-aloud-hint = { $name } is told that you ask, and reads what you write.
touch-note = A word to { $name }
touch-send = Ask
touch-asked = You asked { $name }
touch-asked-hint = If the answer is yes, you find each other among your friends. A no is not told.
touch-friends = You and { $name } are friends now
touch-refused = { $name } cannot be asked.
touch-friends-hint = Call and write each other whenever you like.
touch-needs-account = { $name } would like it too. Keep your account, and you are friends.
touch-waits = You would both like it. Once { $name } has an account, you are friends.
touch-like = Stay in touch with { $name }
touch-unlike = You would like to stay in touch with { $name }. Take it back

## Friends

friends = Friends
friends-write-to = Write to { $name }

## Calls between friends

call-here = { $name } is calling
call-asking = Calling { $name }
call-what = A video call between friends
call-announced = { $name } is calling. You have { $seconds } seconds. A accepts, D declines.
call-accept = Answer
call-withdraw = Hang up
call-waiting = It rings…
call-hang-up-text = The call with { $name } ends.

## Messages

messages-by = { $name }: { $text }
messages-picture = Picture
messages-file = File
messages-deleted = Message deleted
messages-hidden = Message of somebody you blocked

## A conversation

talk-former = Former member
# $outcome: "ended", "declined", "cancelled", "expired" or another: the call did not come about
talk-call =
    { $outcome ->
        [ended] Video call, { $duration }
        [declined] Video call, not answered
        [cancelled] Video call, taken back
        [expired] Video call, missed
       *[other] Video call, not connected
    }
notice-created =
    { $mine ->
        [by] You made this group.
       *[other] { $by } made this group.
    }
notice-added =
    { $mine ->
        [by] You added { $name }.
        [name] { $by } added you.
       *[other] { $by } added { $name }.
    }
notice-left = { $name } left.
notice-removed =
    { $mine ->
        [by] You removed { $name }.
       *[other] { $by } removed { $name }.
    }
notice-renamed =
    { $mine ->
        [by] You named the group { $title }.
       *[other] { $by } named the group { $title }.
    }
notice-owner =
    { $mine ->
        [name] You look after the group now.
       *[other] { $name } looks after the group now.
    }
notice-closed = This conversation is closed.
notice-reopened = You are friends again: this conversation is open.
talk-report-title = Report this message?
talk-report-text = A moderator reads it with the messages around it and decides. { $name } is blocked and not told.
talk-report-hint = Files and earlier wordings go along.
report-question-what = What is wrong with it?

## What friends see, notifications and privacy

own-delete-messages = Also empty all messages I wrote, everywhere
own-delete-erasing = Your account is gone. Emptying your messages goes on by itself, and may take some minutes.
notice-friend-request = { $name } would like to be your friend.
notice-friend-added = { $name } and you are friends now.
notice-group-added = { $name } added you to a group.
notice-missed-call = You missed a call of { $name }.
notice-report-decided = A moderator has decided about your report. Thank you.
notice-ban = You were banned.
notice-ban-lifted = Your ban is lifted.
notice-appeal-answered = Your objection was answered.
notice-security = Something changed about how you sign in. If it was not you, change your password.
notice-open-friends = To your friends
notice-open-messages = To your messages
notify-call = { $name } is calling you
notify-message-group = New message in { $name }

## Why something was refused, among friends

refusal-account = That needs an account: add an e-mail address and a password first.
refusal-limit = That is as many as there can be.
refusal-closed = This conversation is closed.
refusal-edit-over = This message is too old to be changed.
refusal-not-found = That is not there any more.
