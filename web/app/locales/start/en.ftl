### What Rondo says to people, in English: the catalogue that all others are made from.
### $name, $by: what a person calls themselves. $mode: "video" or "text". Tone: warm, short, to one person.

## Everywhere

just-now = just now
close = Close
optional = optional
dialog-stay = Stay
top-brand = Rondo, start page
top-you = You
top-help = Help and shortcuts
language = Language

## The first page, and signing up

landing = Meet someone you would never have met.
landing-lead = Rondo brings two strangers together, one pair at a time. You both say yes, you talk, you go on. No profile to polish, no e-mail, no feed.
landing-here = About { $count } people here now
landing-direct = Video goes straight between the two of you
landing-once = Nobody meets the same person twice in a day
landing-leave = Leave or block with one key
sign-up-title = Who are you today?
sign-up = Come in
sign-up-adult = I am { $age } or older
sign-up-have-account = I have an account
sign-up-hint = You are a guest for seven days in this browser. Be kind: people can report you.
name = Name
interests = Interests
interests-placeholder = music, cooking, chess
interests-hint = You meet people who share one first.
gender = Gender
gender-unspecified = Rather not say
gender-female = Woman
gender-male = Man
gender-nonbinary = Non-binary
invite-code = Invite code
invite-code-later = you can also add it later
invite-code-wrong = This invite code is not one of ours, or all of its uses are spent.
birth-date = Date of birth
birth-date-wrong = You are too young for this service, or this is no date of birth.
gate-working = A lot of people are coming in from where you are. Your browser is doing a little sum, so that the door stays open for people and not for robots. One moment…
gate-not-loaded = The check did not load. Please try again.

## Introductions

letter = { $by } would like you to meet { $name }
letter-hint = Come in, and { $name } is asked. After a yes you two see each other first, and the queue pairs you as soon as you both wait.
letter-followed = We let { $name } know. After a yes you two go first with each other.

## Why something was refused

refusal-unavailable = This person is not available any more.
refusal-cooldown = You two met or missed each other not long ago. Try again tomorrow.
refusal-fast = That was a bit fast. Try again in { $duration }.
refusal-access = You need an invite code before you can meet people here.
refusal-birth-date = Say when you were born before you meet people here.
refusal-gate = Too many people are coming in from where you are just now. Please try again in a few minutes.
refusal-banned = You cannot use Rondo at the moment.
refusal-offline = The server cannot be reached just now. Try again in a moment.
refusal-invite-gone = This invite is over.
refusal-signed-out = You are signed out.
refusal-other = That did not work.
