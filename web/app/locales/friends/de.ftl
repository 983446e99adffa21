## Friends

friends-none = Noch niemand hier
friends-none-text = Drücke nach einem Gespräch das Herz. Tut ihr es beide, findet ihr euch hier.
friends-count =
    { $count ->
        [one] { $count } Freund
       *[other] { $count } Freunde
    }
friends-requests = Möchten mit dir befreundet sein
friends-sent = Du hast gefragt
friends-sent-quiet = leise: sie wissen nichts davon
friends-accept = Ja, gern
friends-decline = Nein, danke
friends-decline-hint = Ein Nein wird nicht gesagt.
friends-accepted = Du und { $name } seid jetzt befreundet.
friends-declined = In Ordnung. { $name } erfährt nichts.
friends-withdraw-from = Frage an { $name } zurücknehmen
friends-more = Mehr zeigen
friends-guest = Du bist Gast
friends-guest-text = Du darfst das Herz drücken und gefragt werden. Um befreundet zu sein, zu schreiben und anzurufen, brauchst du ein Konto: eine E-Mail-Adresse und ein Passwort, sonst nichts.
friends-presence =
    { $presence ->
        [online] gerade hier
        [in_call] im Gespräch
       *[offline] nicht hier
    }
friends-since = Befreundet seit { $date }
friends-nickname = Dein Name für sie
friends-note = Deine Notiz
friends-private = Name und Notiz siehst nur du.
friends-save = Speichern
friends-saved = Gespeichert
friends-write = Schreiben
friends-call = Anrufen
friends-call-to = { $name } anrufen
friends-end = Freundschaft beenden
friends-end-title = Nicht mehr mit { $name } befreundet sein?
friends-end-text = Ihr könnt euch nicht mehr schreiben oder anrufen; was geschrieben wurde, bleibt lesbar. { $name } erfährt nichts davon.
friends-ended = Du und { $name } seid nicht mehr befreundet.

## Messages

messages = Nachrichten
messages-none = Noch keine Nachrichten
messages-none-text = Schreib einem Freund oder gründe eine Gruppe mit Freunden.
messages-choose = Wähle ein Gespräch oder schreib einem Freund.
messages-search = Nachrichten durchsuchen
messages-found =
    { $count ->
        [0] Nichts gefunden
        [one] { $count } Nachricht gefunden
       *[other] { $count } Nachrichten gefunden
    }
messages-search-short = Schreib mindestens ein ganzes Wort.
messages-you = Du: { $text }
messages-unread = { $count } ungelesen
messages-mentioned = du wirst erwähnt
messages-muted = stumm
messages-back = Alle Nachrichten

## A conversation

talk = Gespräch mit { $name }
talk-about = Über dieses Gespräch
talk-search = In diesem Gespräch suchen
talk-mention = Wen meinst du?
talk-first = Hier beginnt dein Gespräch mit { $name }.
talk-first-group = Hier beginnt { $name }. Alle in der Gruppe lesen, was du schreibst.
talk-earlier = Frühere Nachrichten zeigen
talk-later = Spätere Nachrichten zeigen
talk-newest = Zum Neuesten
talk-new = Neu
talk-placeholder = Schreib etwas
talk-closed = Du kannst das lesen, aber hier nicht mehr schreiben.
talk-typing =
    { $count ->
        [one] { $name } schreibt
       *[other] { $name } und andere schreiben
    }
talk-edited = bearbeitet
talk-read-by = Gelesen von { $names }
talk-reply = Antworten
talk-replying = Du antwortest { $name }
talk-quote-gone = eine frühere Nachricht
talk-edit = Bearbeiten
talk-editing = Du bearbeitest deine Nachricht
talk-delete = Löschen
talk-delete-title = Diese Nachricht löschen?
talk-delete-text = Text, Dateien und Reaktionen sind sofort für alle weg.
talk-copy = Text kopieren
talk-copied = Kopiert
talk-report = Melden
talk-menu = Was tun mit der Nachricht: { $text }
talk-react = Reagieren
talk-reaction = { $emoji } hinzufügen
talk-reaction-other = Anderes Emoji
talk-reactions =
    { $count ->
        [one] { $emoji }, { $count } Person
       *[other] { $emoji }, { $count } Personen
    }
talk-reactions-mine =
    { $count ->
        [one] { $emoji }, du. Drücken nimmt es zurück
       *[other] { $emoji }, { $count } Personen, du auch. Drücken nimmt deins zurück
    }
talk-retry = Nicht gesendet: { $why } Noch einmal versuchen
talk-drop = Nicht senden

## Files in a conversation

file-add = Bilder oder Dateien hinzufügen
file-uploading = { $name }: { $percent } %
file-checking = { $name } wird geprüft …
file-ready = { $name } ist bereit
file-remove = { $name } entfernen
file-open = Bild { $name } öffnen
file-load = { $name } öffnen, { $size }
file-not-yours = { $name }, { $size }. Nur Freunde der Absenderin oder des Absenders können es öffnen.
file-gone = Diese Datei lässt sich nicht mehr öffnen.
file-wrong-type = { $name } wird nicht gesendet: Bilder (JPEG, PNG, WebP, GIF), PDF und reiner Text gehen, sonst nichts.
file-wrong-picture = { $name } wird nicht gesendet: Nur Bilder (JPEG, PNG, WebP, GIF) gehen.
file-too-large = { $name } ist zu groß: höchstens { $max }.
file-too-many = Höchstens { $max } Dateien gehen mit einer Nachricht.
file-broken = { $name } wird nicht gesendet: Die Datei ist beschädigt oder nicht, was ihr Name sagt.
file-full = Für { $name } ist kein Platz mehr: Deine Dateien sind zusammen zu groß, für heute oder insgesamt.
file-empty = { $name } ist leer.
file-off = Dieser Dienst nimmt keine Dateien an.
file-failed = { $name } kam nicht an.

## Groups

group-new = Neue Gruppe
group-name = Name der Gruppe
group-who = Wer dabei ist
group-who-hint = Du kannst deine Freunde hinzufügen, zusammen bis zu { $max } Leute.
group-no-friends = Eine Gruppe besteht aus Freunden: Du hast noch keine.
group-create = Gruppe gründen
group-about = Über { $name }
group-members =
    { $count ->
        [one] { $count } Person
       *[other] { $count } Leute
    }
group-owner = kümmert sich darum
group-you = { $name } (du)
group-add = Freund hinzufügen
group-add-yes = Hinzufügen
group-remove = { $name } entfernen
group-remove-title = { $name } entfernen?
group-remove-text = { $name } kann lesen, was bis jetzt geschrieben wurde, und einen Tag lang nicht wieder hinzugefügt werden.
group-rename = Umbenennen
group-leave = Gruppe verlassen
group-leave-title = { $name } verlassen?
group-leave-text = Nach einem Tag kannst du wieder hinzugefügt werden. Kümmerst du dich um die Gruppe, tut es dann, wer am längsten dabei ist.
group-full = Eine Gruppe hat höchstens { $max } Leute.
group-not-yet = { $name } ist vor kurzem gegangen oder entfernt worden und kann { $when } wieder hinzugefügt werden.
talk-notify = Benachrichtige mich
talk-notify-all = bei jeder Nachricht
talk-notify-mentions = wenn ich erwähnt werde
talk-notify-none = nie

## What friends see, notifications and privacy

shown = Was Freunde von dir sehen
shown-avatar = Dein Bild
shown-avatar-add = Bild wählen
shown-avatar-remove = Bild entfernen
shown-avatar-saved = Deine Freunde sehen jetzt das neue Bild
shown-bio = Über dich
shown-bio-hint = Das sehen nur Freunde.
shown-status = Status
shown-status-placeholder = Was machst du gerade?
shown-until = Bis
shown-until-always = ich ihn ändere
shown-until-hour = in einer Stunde
shown-until-today = heute Nacht
shown-until-week = in einer Woche
privacy = Freunde und Privates
privacy-presence = Freunde sehen, wann ich hier bin
privacy-presence-hint = Sonst siehst du auch nicht, wo sie sind
privacy-receipts = Freunde sehen, was ich gelesen habe
privacy-receipts-hint = Sonst siehst du auch nicht, was sie gelesen haben
privacy-requests = Wer mich getroffen hat, darf nach Freundschaft fragen
privacy-requests-hint = Sonst kann dich niemand fragen
privacy-saved = Gespeichert
kinds = Sag mir Bescheid über
kinds-live = Hier
kinds-email = Per E-Mail
kinds-email-unverified = E-Mails gehen nur an eine bestätigte Adresse.
kinds-for-live = { $kind }: hier
kinds-for-email = { $kind }: per E-Mail
kinds-always = immer
kind-friend-request = Freundschaftsanfragen
kind-friend-added = Neue Freunde
kind-group-added = Gruppen, in die ich komme
kind-introduction = Vorstellungen
kind-introduction-request = Fragen zu Vorstellungen
kind-missed-call = Verpasste Anrufe
kind-message = Nachrichten
kind-mention = Erwähnungen
kind-report-decided = Was aus meinen Meldungen wurde
kind-ban = Sperren
kind-ban-lifted = Aufgehobene Sperren
kind-appeal-answered = Antworten auf Einsprüche
kind-security = Sicherheit des Kontos

## Why something was refused, among friends

refusal-call = { $name } ist gerade nicht zu erreichen.
