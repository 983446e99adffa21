### What Rondo says to people about friends, messages and groups; loaded with that part of the page.

## Friends

friends-none = Nobody here yet
friends-none-text = After a conversation, press the heart. When both of you do, you find each other here.
friends-count =
    { $count ->
        [one] { $count } friend
       *[other] { $count } friends
    }
friends-requests = Would like to be your friend
friends-sent = You asked
friends-sent-quiet = quietly: they do not know
friends-accept = Yes, gladly
friends-decline = No, thanks
friends-decline-hint = A no is not told.
friends-accepted = You and { $name } are friends now.
friends-declined = That is fine. { $name } is not told.
friends-withdraw-from = Take back what you asked { $name }
friends-more = Show more
friends-guest = You are a guest
friends-guest-text = You may press the heart, and be asked. To be friends, write and call each other you need an account: an e-mail address and a password, nothing else.
# $presence: "online", "in_call" or "offline"
friends-presence =
    { $presence ->
        [online] here now
        [in_call] in a call
       *[offline] not here
    }
friends-since = Friends since { $date }
friends-nickname = Your name for them
friends-note = Your note
friends-private = Only you see name and note.
friends-save = Save
friends-saved = Saved
friends-write = Write
friends-call = Call
friends-call-to = Call { $name }
friends-end = End friendship
friends-end-title = No longer friends with { $name }?
friends-end-text = You can no longer write or call each other; what was written stays readable. { $name } is not told.
friends-ended = You and { $name } are no longer friends.

## Messages

messages = Messages
messages-none = No messages yet
messages-none-text = Write to a friend, or make a group of friends.
messages-choose = Choose a conversation, or write to a friend.
messages-search = Search your messages
messages-found =
    { $count ->
        [0] Nothing found
        [one] { $count } message found
       *[other] { $count } messages found
    }
messages-search-short = Write at least one whole word.
messages-you = You: { $text }
messages-unread = { $count } unread
messages-mentioned = you are mentioned
messages-muted = muted
messages-back = All messages

## A conversation

talk = Conversation with { $name }
talk-about = About this conversation
talk-search = Search this conversation
talk-mention = Whom do you mean?
talk-first = This is where your conversation with { $name } begins.
talk-first-group = This is where { $name } begins. Everybody in it reads what you write.
talk-earlier = Show earlier messages
talk-later = Show later messages
talk-newest = To the newest
talk-new = New
talk-placeholder = Write something
talk-closed = You can read this, and no longer write here.
talk-typing =
    { $count ->
        [one] { $name } is typing
       *[other] { $name } and others are typing
    }
talk-edited = edited
talk-read-by = Read by { $names }
talk-reply = Reply
talk-replying = You reply to { $name }
talk-quote-gone = an earlier message
talk-edit = Edit
talk-editing = You edit your message
talk-delete = Delete
talk-delete-title = Delete this message?
talk-delete-text = Its text, files and reactions are gone for everybody, at once.
talk-copy = Copy text
talk-copied = Copied
talk-report = Report
talk-menu = What to do with the message: { $text }
talk-react = React
talk-reaction = Add { $emoji }
talk-reaction-other = Another emoji
talk-reactions =
    { $count ->
        [one] { $emoji }, { $count } person
       *[other] { $emoji }, { $count } people
    }
talk-reactions-mine =
    { $count ->
        [one] { $emoji }, you. Press to take it back
       *[other] { $emoji }, { $count } people, you among them. Press to take yours back
    }
talk-retry = Not sent: { $why }. Press to try again
talk-drop = Do not send

## Files in a conversation

file-add = Add pictures or files
file-uploading = { $name }: { $percent } %
file-checking = { $name } is being checked…
file-ready = { $name } is ready to be sent
file-remove = Remove { $name }
file-open = Open the picture { $name }
file-load = Open { $name }, { $size }
file-not-yours = { $name }, { $size }. Only friends of who sent it can open it.
file-gone = This file cannot be opened any more.
file-wrong-type = { $name } is not sent: pictures (JPEG, PNG, WebP, GIF), PDF and plain text go, nothing else.
file-wrong-picture = { $name } is not sent: only pictures (JPEG, PNG, WebP, GIF) go.
file-too-large = { $name } is too large: { $max } at most.
file-too-many = Up to { $max } files go with one message.
file-broken = { $name } is not sent: it is damaged, or it is not what its name says.
file-full = There is no room left for { $name }: your files together are too large, for today or altogether.
file-empty = { $name } is empty.
file-off = This service takes no files.
file-failed = { $name } did not get through.

## Groups

group-new = New group
group-name = Name of the group
group-who = Who is in it
group-who-hint = You can add your friends, { $max } people in all.
group-no-friends = A group is made of friends: you have none yet.
group-create = Make the group
group-about = About { $name }
group-members =
    { $count ->
        [one] { $count } person
       *[other] { $count } people
    }
group-owner = looks after it
group-you = { $name } (you)
group-add = Add a friend
group-add-yes = Add
group-remove = Remove { $name }
group-remove-title = Remove { $name }?
group-remove-text = { $name } can read what was written until now, and cannot be added again for a day.
group-rename = Rename
group-leave = Leave the group
group-leave-title = Leave { $name }?
group-leave-text = You can be added again after a day. If you look after the group, who has been here longest does so then.
group-full = A group has { $max } people at most.
group-not-yet = { $name } left or was removed not long ago, and can be added again { $when }.
talk-notify = Notify me
talk-notify-all = of every message
talk-notify-mentions = when I am mentioned
talk-notify-none = of nothing

## What friends see, notifications and privacy

shown = What friends see of you
shown-avatar = Your picture
shown-avatar-add = Choose a picture
shown-avatar-remove = Remove the picture
shown-avatar-saved = Your friends see the new picture now
shown-bio = About you
shown-bio-hint = Only friends see this.
shown-status = Status
shown-status-placeholder = What are you up to?
shown-until = Until
shown-until-always = I change it
shown-until-hour = in an hour
shown-until-today = tonight
shown-until-week = in a week
privacy = Friends and privacy
privacy-presence = Friends see when I am here
privacy-presence-hint = If not, you do not see where they are either
privacy-receipts = Friends see what I have read
privacy-receipts-hint = If not, you do not see what they have read either
privacy-requests = People I met may ask to be friends
privacy-requests-hint = If not, nobody can ask you
privacy-saved = Saved
kinds = Tell me of
kinds-live = Here
kinds-email = By e‑mail
kinds-email-unverified = E-mail goes to a verified address only.
kinds-for-live = { $kind }: here
kinds-for-email = { $kind }: by e-mail
kinds-always = always
kind-friend-request = Friend requests
kind-friend-added = New friends
kind-group-added = Groups I am added to
kind-introduction = Introductions
kind-introduction-request = Questions about introductions
kind-missed-call = Missed calls
kind-message = Messages
kind-mention = Mentions
kind-report-decided = What became of my reports
kind-ban = Bans
kind-ban-lifted = Lifted bans
kind-appeal-answered = Answers to objections
kind-security = Safety of the account

## Why something was refused, among friends

refusal-call = { $name } cannot be reached for a call just now.
