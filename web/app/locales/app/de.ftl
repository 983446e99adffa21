### Was Rondo zu Menschen sagt, auf Deutsch: du, warm, kurz.

## Überall

you = Du
the-other = Dein Gegenüber
deleted-person = Gelöschte Person
cancel = Abbrechen
send = Senden
not-now = Jetzt nicht
top-account = Du: Einladungscode, frühere Gespräche
link-lost = Die Verbindung zum Server ist weg. Wir verbinden neu.
link-back = Wieder verbunden.
offline = Du bist offline. Sobald du wieder Netz hast, geht Rondo von selbst weiter.

## An- und abmelden

sign-in = Anmelden
sign-in-welcome = Schön, dass du wieder da bist, { $name }
sign-out = Abmelden
sign-out-title = Abmelden?
sign-out-permanent = Mit { $email } und deinem Passwort kommst du zurück.
sign-out-guest = Du bist Gast: Ohne E-Mail und Passwort kommst du als dieselbe Person nicht zurück.
email = E-Mail
password = Passwort
password-yours = Dein Passwort
password-now = Jetziges Passwort
password-new = Neues Passwort
password-change = Passwort ändern
password-changed = Geändert. Überall sonst bist du jetzt abgemeldet
letter-code = Code aus der E-Mail
reset = Passwort vergessen?
reset-send = Schickt mir eine E-Mail
reset-sent = Wenn es so ein Konto gibt, ist eine E-Mail unterwegs
reset-set = Passwort setzen
reset-done = Melde dich mit deinem neuen Passwort an

## Bevor es losgeht

connecting = Du kommst herein…
connecting-waiting = Der Server antwortet noch nicht. Wir versuchen es weiter.
code-gate-title = Auf Einladung
code-gate = Rondo gibt es auf Einladung
code-gate-text = Du bist drin, aber um Leute zu treffen, brauchst du einen Code von jemandem, der schon hier ist. Wer vier Gespräche hatte, hat einen zu verschenken.
code-gate-open = Tür öffnen
code-gate-welcome = Willkommen. Jetzt kannst du Leute treffen.
age-gate-title = Dein Alter
age-gate = Wann bist du geboren?
age-gate-text = Hier trifft man Menschen im ungefähr gleichen Alter. Niemand, den du triffst, sieht das Datum, und es lässt sich später nicht ändern.
age-gate-save = Weiter
age-gate-welcome = Danke. Jetzt kannst du Leute treffen.

## Die Verbindung ist zu

stopped-taken-over = Du bist in einem anderen Fenster
stopped-taken-over-text = Rondo ist woanders unter deinem Namen offen, und dieses Fenster hat jetzt die Leitung.
stopped-taken-over-action = Hier weitermachen
stopped-banned = Du bist gesperrt
stopped-banned-text = Du kannst Rondo nicht benutzen.
stopped-signed-out = Du bist abgemeldet
stopped-signed-out-text = Deine Sitzung ist vorbei. Komm wieder herein, es dauert zehn Sekunden.
stopped-signed-out-action = Wieder anmelden
stopped-other = Nicht verbunden
stopped-other-text = Das Gespräch mit dem Server ist zu Ende.
stopped-other-action = Verbinden
ban-try-again = Noch einmal versuchen
ban-until = Bis { $date }.
ban-permanent = Für immer.
ban-pending = Bis jemand aus der Moderation es sich angesehen hat.
ban-object = Stimmt das nicht? Du kannst einmal Einspruch erheben.
ban-objected = Dein Einspruch ist da. Jemand aus der Moderation liest ihn; schau später wieder vorbei.
ban-decided =
    { $status ->
        [accepted] Deinem Einspruch wurde stattgegeben.
        [rejected] Dein Einspruch wurde abgelehnt.
       *[other] Zu deinem Einspruch: { $status }.
    }

## Die Lobby

lobby-hello = Hallo, { $name }
lobby-find = Jemanden finden
lobby-camera = Kamera einschalten
lobby-connecting = Wir verbinden dich mit dem Server…
mode = Wie möchtest du reden?
mode-video = Video
mode-text = Text
wishes = Wünsche
wishes-interests = Reden über
wishes-want = Nur treffen
wishes-want-none = nichts gewählt: alle
wishes-minutes = Länge eines Gesprächs
wishes-minutes-hint = Das Gespräch dauert die Mitte dessen, was ihr beide wünscht.
wishes-at-once = Sofort loslegen
wishes-at-once-hint = Ohne Rückfrage: Ihr redet, sobald jemand gefunden ist
wishes-go-on = Gleich weiter
wishes-go-on-hint = Zurück in die Warteschlange, wenn ein Gespräch endet
wishes-listed = Nur in der Liste stehen
wishes-listed-hint = Andere können dich fragen; die Warteschlange verbindet dich nicht
camera = Kamera
camera-on = Kamera einschalten
camera-off = Kamera ausschalten
microphone = Mikrofon
mic-mute = Stumm schalten
mic-unmute = Ton einschalten
trouble-denied =
    { $device ->
        [both] Der Browser darf Kamera und Mikrofon nicht benutzen. Erlaube beides in der Adresszeile und versuch es noch einmal, oder mach ohne weiter.
        [camera] Der Browser darf deine Kamera nicht benutzen. Erlaube sie in der Adresszeile und versuch es noch einmal, oder mach ohne weiter.
       *[microphone] Der Browser darf dein Mikrofon nicht benutzen. Erlaube es in der Adresszeile und versuch es noch einmal, oder mach ohne weiter.
    }
trouble-none =
    { $device ->
        [both] Weder Kamera noch Mikrofon gefunden. Schließ etwas an und versuch es noch einmal, oder mach ohne weiter: Sehen und hören kannst du dein Gegenüber trotzdem.
        [camera] Keine Kamera gefunden. Schließ eine an und versuch es noch einmal, oder mach ohne weiter: Sehen und hören kannst du dein Gegenüber trotzdem.
       *[microphone] Kein Mikrofon gefunden. Schließ eines an und versuch es noch einmal, oder mach ohne weiter: Sehen und hören kannst du dein Gegenüber trotzdem.
    }
trouble-busy =
    { $device ->
        [both] Ein anderes Programm benutzt Kamera und Mikrofon. Schließ es dort und versuch es noch einmal.
        [camera] Ein anderes Programm benutzt deine Kamera. Schließ es dort und versuch es noch einmal.
       *[microphone] Ein anderes Programm benutzt dein Mikrofon. Schließ es dort und versuch es noch einmal.
    }
trouble-again = Noch einmal versuchen
trouble-insecure =
    { $device ->
        [both] Browser geben Kamera und Mikrofon nur sicheren Seiten: Öffne diese Seite über https oder als localhost.
        [camera] Browser geben die Kamera nur sicheren Seiten: Öffne diese Seite über https oder als localhost.
       *[microphone] Browser geben das Mikrofon nur sicheren Seiten: Öffne diese Seite über https oder als localhost.
    }

## Wer wartet

people = Gerade hier
people-refresh = Noch einmal schauen
people-none = Sonst wartet niemand. Sei die erste Person: Wer als Nächstes kommt, trifft dich.
people-count =
    { $count ->
        [one] { $count } Person kannst du direkt fragen.
       *[other] { $count } Personen kannst du direkt fragen.
    }
people-new =
    { $mode ->
        [video] Video, gerade gekommen
       *[text] Text, gerade gekommen
    }
people-waiting =
    { $mode ->
        [video] Video, wartet seit { $duration }
       *[text] Text, wartet seit { $duration }
    }
people-introduced = vorgestellt von { $by }
people-ask = Fragen
people-ask-for =
    { $mode ->
        [video] { $name } nach einem Videogespräch fragen
       *[text] { $name } nach einem Textgespräch fragen
    }
mirror = Spiegel
mirror-badge = Spiegel
waiting = Wir suchen jemanden
waiting-listed = Du stehst in der Liste
waiting-video = Video, etwa { $minutes } min
waiting-stop = Suche beenden
waiting-reconnecting = Wir verbinden neu… dein Platz bleibt ein paar Sekunden frei.
queue-hold-expired = Die Verbindung war zu lange weg, dein Platz in der Warteschlange ist vergeben.

## Zwanzig Sekunden für ein Ja

invite-asking = Wir fragen { $name }
invite-here = { $name } ist da
invite-asking-what =
    { $mode ->
        [video] nach einem Videogespräch von { $duration }
       *[text] nach einem Textgespräch
    }
invite-what =
    { $mode ->
        [video] möchte mit dir { $duration } per Video reden
       *[text] möchte mit dir schreiben
    }
invite-announced =
    { $mode ->
        [video] { $name } möchte mit dir { $duration } per Video reden. Du hast { $seconds } Sekunden. A nimmt an, D lehnt ab.
       *[text] { $name } möchte mit dir schreiben. Du hast { $seconds } Sekunden. A nimmt an, D lehnt ab.
    }
invite-matched =
    { $mode ->
        [video] Ihr passt zusammen: { $duration } per Video
       *[text] Ihr passt zusammen: ein Gespräch im Text
    }
invite-matched-announced =
    { $mode ->
        [video] Du und { $name } passt zusammen, { $duration } per Video. Du hast { $seconds } Sekunden. A nimmt an, D lehnt ab.
       *[text] Du und { $name } passt zusammen, für ein Gespräch im Text. Du hast { $seconds } Sekunden. A nimmt an, D lehnt ab.
    }
invite-missed = Du hast { $name } nicht rechtzeitig geantwortet.
invite-mirror = Das ist ein Spiegel: Du siehst dich selbst, bis jemand kommt
invite-accept = Ja sagen
invite-withdraw = Zurückziehen
invite-waiting = Wir warten auf das Ja von { $name }…
invite-peer-accepted = { $name } hat schon ja gesagt.
invite-declined = { $name } hat diesmal nein gesagt.
invite-cancelled = { $name } hat es sich anders überlegt.
invite-expired = { $name } hat nicht rechtzeitig geantwortet.
invite-unavailable = { $name } ist nicht mehr da.
invite-no-answer = Du hast nicht geantwortet und bist deshalb nicht mehr in der Warteschlange.
invite-gone = Die Einladung gibt es nicht mehr.

## Im Gespräch

room = Gespräch
room-with = Gespräch mit { $name }
room-entered =
    { $mode ->
        [video] Du bist in einem Videogespräch mit { $name }.
       *[text] Du bist in einem Textgespräch mit { $name }.
    }
room-mirror = Das ist ein Spiegel: Du siehst dich selbst, bis jemand kommt.
room-muted = stumm
room-reconnecting = Wir verbinden neu mit dem Server… euer Gespräch geht weiter.
room-connecting = Wir verbinden dich mit { $name }…
room-interrupted = Wir suchen einen besseren Weg…
room-camera-off = { $name } hat die Kamera aus
room-leaving = Wir legen auf…
room-sound = Ton einschalten
room-next = Weiter
room-hang-up = Auflegen
room-away = { $name } ist kurz weg
room-away-left = { $name } ist kurz weg, { $seconds } s
room-away-announced = { $name } ist kurz weg. Das Gespräch wartet { $seconds } Sekunden.
room-back = { $name } ist wieder da.
room-half-minute = Noch eine halbe Minute.
room-ask-video = Nach Video fragen
upgrade-asked = Du hast { $name } nach Video gefragt.
upgrade-asks = { $name } möchte dich gern sehen.
upgrade-declined = { $name } möchte lieber weiter schreiben.
upgrade-agree = Video einschalten
upgrade-decline = Bei Text bleiben
hang-up-title = Auflegen?
hang-up-text = Wenn du { $name } verlässt, werdet ihr einen Tag lang nicht wieder verbunden.
chat = Chat
chat-close = Chat schließen
chat-messages = Nachrichten
chat-message = Nachricht
chat-placeholder = Sag etwas
chat-first = Hier beginnt euer Gespräch, { $name } und du. Sei freundlich.
chat-typing = { $name } schreibt
chat-sending = Wird gesendet
chat-sent = Gesendet
chat-delivered = Angekommen
chat-read = Gelesen
chat-failed = Nicht gesendet: { $why }
chat-unseen = { $count } neu
torch-mine = Die Fackel brennt herunter: Sag etwas
torch-both = Die Fackel brennt herunter: Sagt beide etwas
torch-theirs = { $name } lässt die Fackel herunterbrennen
torch-announced = { $words }. Noch { $seconds } Sekunden.
torch-on-hold = { $time }, angehalten
torch-lit = Die Fackel brennt wieder.

## Die Bühne eines Gesprächs

call-panel = Mehr: Bildschirm, Bild, Geräte
call-panel-close = Schließen
camera-flip = Kamera wechseln
speaker = Lautsprecher
screen-share = Bildschirm teilen
screen-stop = Nicht mehr teilen
screen-shared = Du teilst deinen Bildschirm
screen-theirs = { $name } teilt einen Bildschirm.
screen-theirs-over = { $name } teilt keinen Bildschirm mehr.
fit-whole = Das ganze Bild zeigen
fit-fill = Den Rahmen füllen
picture-in-picture = Bild im Bild
full-screen = Vollbild
full-screen-leave = Vollbild verlassen
self-move = Dein Bild. Pfeiltasten oder ein Klick schieben es in eine andere Ecke.
self-move-from =
    { $corner ->
        [top-left] Dein Bild, oben links. Pfeiltasten oder ein Klick schieben es in eine andere Ecke.
        [top-right] Dein Bild, oben rechts. Pfeiltasten oder ein Klick schieben es in eine andere Ecke.
        [bottom-right] Dein Bild, unten rechts. Pfeiltasten oder ein Klick schieben es in eine andere Ecke.
       *[bottom-left] Dein Bild, unten links. Pfeiltasten oder ein Klick schieben es in eine andere Ecke.
    }
self-at =
    { $corner ->
        [top-left] Dein Bild ist oben links.
        [top-right] Dein Bild ist oben rechts.
        [bottom-right] Dein Bild ist unten rechts.
       *[bottom-left] Dein Bild ist unten links.
    }
chat-open = Chat öffnen
chat-heard = { $name } schreibt: { $text }
quality =
    { $level ->
        [good] Verbindung: gut
        [fair] Verbindung: mittel
       *[weak] Verbindung: schwach
    }
quality-weak = Deine Verbindung ist schwach
quality-better = Deine Verbindung ist wieder besser.
quality-loss = { $percent } % verloren
quality-delay = { $ms } ms Verzögerung
quality-frames = { $fps } Bilder pro Sekunde

## Wie es endete

ended-apart = Ihr werdet einen Tag lang nicht wieder verbunden.
ended-hangup = { $name } hat aufgelegt
ended-hangup-text = Das war es mit { $name }.
ended-hangup-mine = Du hast aufgelegt
ended-hangup-mine-text = Danke, dass du mit { $name } geredet hast.
ended-next = { $name } ist weitergezogen
ended-next-text = Das kommt vor und sagt nichts über dich.
ended-next-mine = Auf zum Nächsten
ended-time-up = Die Zeit ist um
ended-time-up-text = Deine Zeit mit { $name } ist vorbei. Gute Gespräche enden zu früh.
ended-torch = Die Fackel ist erloschen
ended-torch-text = Niemand hielt sie am Brennen, und im Gespräch mit { $name } wurde es dunkel.
ended-away = { $name } kam nicht zurück
ended-away-mine = Du warst zu lange weg
ended-away-text = Die Verbindung war weg, und das Gespräch ließ sich nicht länger halten.
ended-no-path = Es kam keine Verbindung zustande
ended-no-path-text = Zwischen dir und { $name } fand sich kein Weg. Dafür kann niemand etwas. Es kann etwas dauern, bis ihr euch wieder treffen könnt.
ended-reported = Du hast { $name } gemeldet
ended-reported-text = Danke. Jemand aus der Moderation sieht es sich an, und ihr begegnet euch nie wieder.
ended-blocked = Du hast { $name } blockiert
ended-blocked-text = Ihr seht einander nicht mehr, für immer.
ended-gone = { $name } ist weg
ended-gone-text = Diese Person ist nicht mehr bei Rondo.
ended-other = Das Gespräch ist vorbei
ended-other-text = Während du weg warst, endete das Gespräch mit { $name }.
ended-talked = Ihr habt { $duration } geredet.
ended-again = Jemand anderen finden
ended-again-text = Einen anderen Chat finden
ended-goes-on = Suche nach jemand anderem in { $seconds } s
ended-stay = Hier bleiben
ended-home = Zurück zum Anfang

## Blockieren und melden

block = Blockieren
block-or-report = { $name } blockieren oder melden
block-title = { $name } blockieren?
block-text = Du wirst nie wieder mit { $name } verbunden, und ihr seht einander nicht mehr. Ein gemeinsames Gespräch endet sofort. { $name } erfährt nichts davon.
block-done = { $name } ist blockiert
report-and-block = Melden und blockieren
report-done = { $name } ist gemeldet und blockiert
report-question = Gibt es etwas zu melden?
report-none = Nichts zu melden: nur blockieren
report-sexual = Sexuelles Verhalten oder Nacktheit
report-harassment = Beleidigung oder Belästigung
report-hate = Hass
report-violence = Drohung oder Gewalt
report-minor = Scheint minderjährig zu sein
report-spam = Werbung oder Betrug
report-other = Etwas anderes
report-details = Was ist passiert?
report-hint = Jemand aus der Moderation liest das und was im Gespräch geschrieben wurde. Das Bild wurde nicht aufgezeichnet.

## Vorstellen

introduce = { $name } jemandem vorstellen
introduce-short = Vorstellen
introduce-text = Gib diesen Link jemandem, der { $name } treffen sollte. { $name } wird zuerst gefragt. Nach einem Ja sehen sich die beiden zuerst und werden verbunden, sobald beide warten.
introduce-hint = Der Link gilt 90 Tage und für ein paar Leute am Tag. { $name } erfährt, von wem er ist und wer ihm gefolgt ist.
introduce-pass-on-title = Triff { $name }
introduce-pass-on = Ich habe { $name } auf Rondo getroffen. Ich finde, ihr zwei solltet euch kennenlernen.
pass-on-link = Link
pass-on-copy = Kopieren
pass-on-copied = Kopiert
pass-on-by-hand = Strg+C drücken zum Kopieren
pass-on-share = Teilen
letter-title = { $name } treffen?
letter-text = { $by } möchte dich vorstellen. { $name } wird gefragt und sieht deinen Namen. Nach einem Ja habt ihr beide Vorrang füreinander.
letter-follow = Stell mich vor
notices = Mitteilungen
notices-new = Mitteilungen, { $count } neu
notices-none = Noch nichts. Wenn ein Freund dir jemanden vorstellt, steht es hier.
notice-other = Es gibt Neues für dich.
notice-question = Jemand meint, du und { $name }, ihr solltet euch treffen.
notice-question-by = { $by } meint, du und { $name }, ihr solltet euch treffen.
notice-ask = Möchtest du das?
notice-said-yes = Du hast ja gesagt.
notice-said-no = Du hast nein gesagt.
notice-missed = Du hast nicht rechtzeitig geantwortet, und niemand hat davon erfahren.
notice-introduced = { $name } wurde dir vorgestellt. Ihr beide habt Vorrang füreinander.
notice-introduced-by = { $by } hat dir { $name } vorgestellt. Ihr beide habt Vorrang füreinander.
notice-find = Jetzt jemanden suchen
question-yes = Ja, gern
question-no = Nein, danke
question-hint = Wenn du lieber nicht möchtest, erfährt es niemand.
question-hint-by = Wenn du lieber nicht möchtest, erfährt es niemand, und { $by } kann nicht noch einmal fragen.
question-agreed = Wie schön. Du und { $name }, ihr habt jetzt Vorrang füreinander.
question-guest = dein Gast
question-refused = Das ist in Ordnung. Niemand erfährt es.
question-over = Diese Frage ist schon beantwortet, oder ihre Zeit ist um.

## Das Konto

account = Du
account-profile = Wie andere dich sehen
profile-save = Speichern
profile-saved = Gespeichert. Wer dich von jetzt an trifft, sieht es
alerts = Töne und Mitteilungen
alerts-sounds = Töne
alerts-sounds-hint = Bei einer Einladung, einer Nachricht und der letzten halben Minute
alerts-notify = Mitteilungen
alerts-notify-hint = Von deinem Browser, während du eine andere Seite ansiehst
alerts-notify-denied = Dein Browser soll von hier keine zeigen. Erlaube sie in der Adresszeile
alerts-notify-none = Dieser Browser hat keine für diese Seite
notify-message = Neue Nachricht von { $name }
account-completions =
    { $count ->
        [one] { $count } Gespräch von einer halben Minute oder länger
       *[other] { $count } Gespräche von einer halben Minute oder länger
    }
account-code = Dein Einladungscode
account-earn = Wer mit einem Code hereinkommt und { $needed } Gespräche von 30 Sekunden hat, bekommt einen eigenen, für { $needed } Freunde.
account-earn-left =
    { $left ->
        [one] Noch { $left } Gespräch von 30 Sekunden, und du bekommst einen eigenen Code, für { $needed } Freunde.
       *[other] Noch { $left } Gespräche von 30 Sekunden, und du bekommst einen eigenen Code, für { $needed } Freunde.
    }
account-qr = Dein Einladungscode als QR-Bild
account-uses = Noch { $left } von { $uses } Malen zu verschenken.
account-uses-none = Alle { $uses } Male sind verschenkt, 0 übrig.
account-pass-on = Komm mit meinem Einladungscode herein.
account-past = Frühere Gespräche
past-none = Noch keine. Hier stehen Gespräche von fünf Sekunden oder länger.
past-earlier = Frühere zeigen
past-what =
    { $mode ->
        [video] Video, { $duration }, { $since }
       *[text] Text, { $duration }, { $since }
    }
past-messages =
    { $count ->
        [one] { $count } Nachricht
       *[other] { $count } Nachrichten
    }
own-return = Zurückkommen
own-stay = Bleiben
own-devices = Wo du angemeldet bist
own-this-browser = dieser Browser
own-device = { $browser } auf { $system }
own-device-unknown = Unbekanntes Gerät
own-data = Deine Daten
own-download = Alles herunterladen
own-download-text = Damit es niemand anders nimmt, zeig bitte, dass du es bist.
own-download-yes = Herunterladen
own-delete = Konto löschen
own-delete-title = Dein Konto löschen?
own-delete-text = Dein Name, dein Verlauf und alles, was du gemacht hast, verschwinden sofort, und niemand kann sie zurückholen. Im Verlauf der Menschen, die du getroffen hast, steht „{ $deleted }“.
own-delete-yes = Löschen
own-delete-no = Behalten
own-id = Deine Kennung, für die Betreiber dieses Dienstes: { $id }
own-guest = Du bist nur in diesem Browser Gast. Mit E-Mail-Adresse und Passwort kommst du von überall als dieselbe Person zurück.
own-keep = Mein Konto behalten
own-kept = Du kannst jetzt mit deiner E-Mail-Adresse zurückkommen
own-letter-sent = Eine E-Mail ist unterwegs
own-letter-again = Noch einmal schicken
own-letter-again-sent = Eine neue E-Mail ist unterwegs; der Code davor gilt nicht mehr
own-other-address = Andere Adresse
own-address-lost = Jemand anders hat gezeigt, dass ihm die Adresse gehört, mit der du dich anmeldest. Du meldest dich weiter mit ihr und deinem Passwort an; gib eine eigene Adresse an.
own-pending = Eine E-Mail ist an { $email } gegangen. Ihr Code gilt einen Tag.
own-verified = bestätigt
own-not-verified = nicht bestätigt
own-verify = Bestätigen
own-verify-ask = Per E-Mail bestätigen
own-verify-done = Bestätigt
own-wrong-login = E-Mail-Adresse oder Passwort stimmt nicht.
own-wrong-password = Das ist nicht dein Passwort.
own-wrong-email = Bitte gib eine E-Mail-Adresse an, etwa { $example }.
own-email-taken = Diese E-Mail-Adresse gehört schon zu einem Konto.
own-code-old = Dieser Code ist zu alt, oder er wurde schon benutzt.
own-no-letters = Dieser Dienst verschickt keine E-Mails.

## Hilfe

help = So geht Rondo
help-pairing = Du wartest, jemand anders wartet, und ihr werdet einander vorgestellt. Beide haben 20 Sekunden für ein Ja. Im Text haltet ihr die Fackel am Brennen: Wer zwei Minuten schweigt, lässt sie herunterbrennen.
help-media = Bild und Ton gehen von Browser zu Browser. Startet der Server neu, geht euer Gespräch weiter.
help-keys = Tasten
key-accept = eine Einladung annehmen
key-decline = eine Einladung ablehnen
key-microphone = Mikrofon an oder aus
key-camera = Kamera an oder aus
key-chat = den Chat öffnen und schreiben
key-share = Bildschirm teilen
key-full = Vollbild
key-next-keys = N, Leertaste
key-next = nächste Person
key-escape = auflegen (fragt vorher), Fenster schließen, Suche beenden
key-help = diese Hilfe
help-single-keys = Einzelne Tasten tun etwas (Esc immer)
help-developers = Für Entwickler: { $link }.
help-contract = das Protokoll
help-close = Alles klar

## Friends: staying in touch after a call

friends-nav = Freunde und Nachrichten
friends-nav-new = Freunde und Nachrichten, { $count } mit Neuem
friends-loading = Einen Moment …
touch = In Kontakt bleiben
touch-hint = { $name } erfährt nur davon, wenn { $name } es auch drückt.
touch-done = Du möchtest in Kontakt bleiben
touch-done-hint = { $name } erfährt nur davon, wenn es beiden so geht. Dann findet ihr euch bei euren Freunden.
touch-undo = Zurücknehmen
touch-aloud = { $name } offen fragen
touch-aloud-hint = { $name } erfährt, dass du fragst, und liest, was du schreibst.
touch-note = Ein Wort an { $name }
touch-send = Fragen
touch-asked = Du hast { $name } gefragt
touch-asked-hint = Ist die Antwort ja, findet ihr euch bei euren Freunden. Ein Nein wird nicht gesagt.
touch-friends = Du und { $name } seid jetzt befreundet
touch-refused = { $name } kann nicht gefragt werden.
touch-friends-hint = Ruft euch an und schreibt euch, wann ihr mögt.
touch-needs-account = { $name } möchte es auch. Behalte dein Konto, und ihr seid befreundet.
touch-waits = Ihr möchtet es beide. Sobald { $name } ein Konto hat, seid ihr befreundet.
touch-like = Mit { $name } in Kontakt bleiben
touch-unlike = Du möchtest mit { $name } in Kontakt bleiben. Zurücknehmen

## Friends

friends = Freunde
friends-write-to = { $name } schreiben

## Calls between friends

call-here = { $name } ruft an
call-asking = Anruf bei { $name }
call-what = Ein Videoanruf unter Freunden
call-announced = { $name } ruft an. Du hast { $seconds } Sekunden. A nimmt an, D lehnt ab.
call-accept = Annehmen
call-withdraw = Auflegen
call-waiting = Es klingelt …
call-hang-up-text = Das Gespräch mit { $name } endet.

## Messages

messages-by = { $name }: { $text }
messages-picture = Bild
messages-file = Datei
messages-deleted = Nachricht gelöscht
messages-hidden = Nachricht von jemandem, den du blockiert hast

## A conversation

talk-former = Ehemaliges Mitglied
talk-call =
    { $outcome ->
        [ended] Videoanruf, { $duration }
        [declined] Videoanruf, nicht angenommen
        [cancelled] Videoanruf, zurückgenommen
        [expired] Videoanruf, verpasst
       *[other] Videoanruf, keine Verbindung
    }
notice-created =
    { $mine ->
        [by] Du hast diese Gruppe gegründet.
       *[other] { $by } hat diese Gruppe gegründet.
    }
notice-added =
    { $mine ->
        [by] Du hast { $name } hinzugefügt.
        [name] { $by } hat dich hinzugefügt.
       *[other] { $by } hat { $name } hinzugefügt.
    }
notice-left = { $name } hat die Gruppe verlassen.
notice-removed =
    { $mine ->
        [by] Du hast { $name } entfernt.
       *[other] { $by } hat { $name } entfernt.
    }
notice-renamed =
    { $mine ->
        [by] Du hast die Gruppe { $title } genannt.
       *[other] { $by } hat die Gruppe { $title } genannt.
    }
notice-owner =
    { $mine ->
        [name] Du kümmerst dich jetzt um die Gruppe.
       *[other] { $name } kümmert sich jetzt um die Gruppe.
    }
notice-closed = Dieses Gespräch ist geschlossen.
notice-reopened = Ihr seid wieder befreundet: Dieses Gespräch ist offen.
talk-report-title = Diese Nachricht melden?
talk-report-text = Jemand aus der Moderation liest sie mit den Nachrichten darum herum und entscheidet. { $name } wird blockiert und erfährt nichts davon.
talk-report-hint = Dateien und frühere Fassungen gehen mit.
report-question-what = Was stimmt damit nicht?

## What friends see, notifications and privacy

own-delete-messages = Auch alle Nachrichten leeren, die ich geschrieben habe, überall
own-delete-erasing = Dein Konto ist gelöscht. Deine Nachrichten werden nun von selbst geleert; das kann einige Minuten dauern.
notice-friend-request = { $name } möchte mit dir befreundet sein.
notice-friend-added = { $name } und du seid jetzt befreundet.
notice-group-added = { $name } hat dich zu einer Gruppe hinzugefügt.
notice-missed-call = Du hast einen Anruf von { $name } verpasst.
notice-report-decided = Über deine Meldung wurde entschieden. Danke.
notice-ban = Du wurdest gesperrt.
notice-ban-lifted = Deine Sperre ist aufgehoben.
notice-appeal-answered = Dein Einspruch wurde beantwortet.
notice-security = An deiner Anmeldung hat sich etwas geändert. Warst du es nicht, ändere dein Passwort.
notice-open-friends = Zu deinen Freunden
notice-open-messages = Zu deinen Nachrichten
notify-call = { $name } ruft dich an
notify-message-group = Neue Nachricht in { $name }

## Why something was refused, among friends

refusal-account = Dafür brauchst du ein Konto: Gib zuerst eine E-Mail-Adresse und ein Passwort an.
refusal-limit = Mehr gehen nicht.
refusal-closed = Dieses Gespräch ist geschlossen.
refusal-edit-over = Diese Nachricht ist zu alt, um sie zu ändern.
refusal-not-found = Das gibt es nicht mehr.
