### Was Rondo zu Menschen sagt, auf Deutsch: du, warm, kurz.

## Überall

just-now = gerade eben
close = Schließen
optional = freiwillig
dialog-stay = Bleiben
top-brand = Rondo, Startseite
top-you = Du
top-help = Hilfe und Tasten
language = Sprache

## Die erste Seite und das Hereinkommen

landing = Triff jemanden, den du sonst nie getroffen hättest.
landing-lead = Rondo bringt zwei Fremde zusammen, immer ein Paar. Ihr sagt beide ja, ihr redet, ihr geht weiter. Kein Profil zum Polieren, keine E-Mail, kein Feed.
landing-direct = Das Video geht direkt von dir zum anderen
landing-once = Niemand trifft dieselbe Person zweimal am Tag
landing-leave = Gehen oder blockieren mit einer Taste
landing-here = Etwa { $count } Menschen sind gerade hier
sign-up-title = Wer bist du heute?
sign-up = Komm rein
sign-up-adult = Ich bin { $age } oder älter
sign-up-have-account = Ich habe ein Konto
sign-up-hint = Du bist in diesem Browser sieben Tage lang Gast. Sei freundlich: Andere können dich melden.
name = Name
interests = Interessen
interests-placeholder = Musik, Kochen, Schach
interests-hint = Wer eines davon teilt, trifft dich zuerst.
gender = Geschlecht
gender-unspecified = Sage ich lieber nicht
gender-female = Frau
gender-male = Mann
gender-nonbinary = Nichtbinär
invite-code = Einladungscode
invite-code-later = geht auch später
invite-code-wrong = Dieser Einladungscode ist keiner von uns, oder er ist aufgebraucht.
birth-date = Geburtsdatum
birth-date-wrong = Du bist zu jung für diesen Dienst, oder das ist kein Geburtsdatum.
gate-working = Von dort, wo du bist, kommen gerade viele Leute. Dein Browser löst eine kleine Aufgabe, damit die Tür für Menschen offen bleibt und nicht für Roboter. Einen Moment…
gate-not-loaded = Die Prüfung wurde nicht geladen. Bitte versuche es noch einmal.

## Vorstellen

letter = { $by } möchte, dass du { $name } triffst
letter-hint = Komm herein, dann wird { $name } gefragt. Nach einem Ja seht ihr euch zuerst und werdet verbunden, sobald ihr beide wartet.
letter-followed = Wir sagen { $name } Bescheid. Nach einem Ja habt ihr beide Vorrang füreinander.

## Warum etwas nicht ging

refusal-unavailable = Diese Person ist nicht mehr verfügbar.
refusal-cooldown = Ihr habt euch vor Kurzem getroffen oder verpasst. Versuch es morgen wieder.
refusal-fast = Das war etwas schnell. Versuch es in { $duration } noch einmal.
refusal-access = Um Leute zu treffen, brauchst du einen Einladungscode.
refusal-birth-date = Sag uns zuerst, wann du geboren bist.
refusal-gate = Von dort, wo du bist, kommen gerade zu viele Leute. Bitte versuch es in ein paar Minuten wieder.
refusal-banned = Du kannst Rondo im Moment nicht benutzen.
refusal-offline = Der Server ist gerade nicht zu erreichen. Versuch es gleich noch einmal.
refusal-invite-gone = Diese Einladung ist vorbei.
refusal-signed-out = Du bist abgemeldet.
refusal-other = Das hat nicht geklappt.
