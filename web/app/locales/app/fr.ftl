### Ce que Rondo dit aux gens, en français : tutoiement, chaleureux, bref.

## Partout

you = Toi
the-other = L’autre personne
deleted-person = Personne supprimée
cancel = Annuler
send = Envoyer
not-now = Pas maintenant
top-account = Toi : code d’invitation, conversations passées
link-lost = La connexion au serveur est perdue. On se reconnecte.
link-back = Connexion rétablie.
offline = Tu es hors ligne. Rondo reprend tout seul dès que tu es de retour.

## Se connecter, se déconnecter

sign-in = Se connecter
sign-in-welcome = Content de te revoir, { $name }
sign-out = Se déconnecter
sign-out-title = Se déconnecter ?
sign-out-permanent = Tu pourras revenir avec { $email } et ton mot de passe.
sign-out-guest = Tu es invité : sans e-mail ni mot de passe, tu ne pourras pas revenir sous cette identité.
email = E-mail
password = Mot de passe
password-yours = Ton mot de passe
password-now = Mot de passe actuel
password-new = Nouveau mot de passe
password-change = Changer de mot de passe
password-changed = C’est changé. Partout ailleurs, tu es déconnecté
letter-code = Code reçu par e-mail
reset = Mot de passe oublié ?
reset-send = Envoyez-moi un e-mail
reset-sent = Si ce compte existe, un e-mail est en route
reset-set = Définir le mot de passe
reset-done = Connecte-toi avec ton nouveau mot de passe

## Avant de rencontrer du monde

connecting = On t’ouvre…
connecting-waiting = Le serveur ne répond pas encore. On réessaie.
code-gate-title = Sur invitation
code-gate = Rondo est sur invitation
code-gate-text = Tu es entré, mais pour rencontrer du monde il te faut un code de quelqu’un qui est déjà là. Après quatre conversations, chacun en a un à offrir.
code-gate-open = Ouvrir la porte
code-gate-welcome = Bienvenue. Tu peux maintenant rencontrer du monde.
age-gate-title = Ton âge
age-gate = Quand es-tu né(e) ?
age-gate-text = Ici, on rencontre des gens d’à peu près son âge. Personne d’autre ne voit la date, et on ne peut pas la changer ensuite.
age-gate-save = Continuer
age-gate-welcome = Merci. Tu peux maintenant rencontrer du monde.

## La connexion est fermée

stopped-taken-over = Tu es dans une autre fenêtre
stopped-taken-over-text = Rondo est ouvert ailleurs sous ton nom, et c’est cette fenêtre-là qui a la ligne.
stopped-taken-over-action = Continuer ici
stopped-banned = Tu es exclu
stopped-banned-text = Tu ne peux pas utiliser Rondo.
stopped-signed-out = Tu es déconnecté
stopped-signed-out-text = Ta session est terminée. Reviens, cela prend dix secondes.
stopped-signed-out-action = Se reconnecter
stopped-other = Non connecté
stopped-other-text = La conversation avec le serveur est terminée.
stopped-other-action = Connecter
ban-try-again = Réessayer
ban-until = Jusqu’au { $date }.
ban-permanent = Pour toujours.
ban-pending = Jusqu’à ce que la modération ait regardé.
ban-object = C’est une erreur ? Tu peux contester une fois.
ban-objected = Ta contestation est arrivée. La modération va la lire ; reviens voir plus tard.
ban-decided =
    { $status ->
        [accepted] Ta contestation a été acceptée.
        [rejected] Ta contestation a été rejetée.
       *[other] À propos de ta contestation : { $status }.
    }

## Le salon d’accueil

lobby-hello = Bonjour, { $name }
lobby-find = Trouver quelqu’un
lobby-camera = Allumer la caméra
lobby-connecting = Connexion au serveur…
mode = Comment veux-tu parler ?
mode-video = Vidéo
mode-text = Texte
wishes = Souhaits
wishes-interests = Parler de
wishes-want = Rencontrer seulement
wishes-want-none = rien de coché : tout le monde
wishes-minutes = Durée d’un appel
wishes-minutes-hint = L’appel dure la moyenne de ce que vous demandez tous les deux.
wishes-at-once = Commencer tout de suite
wishes-at-once-hint = Sans question : vous parlez dès que quelqu’un est trouvé
wishes-go-on = Enchaîner
wishes-go-on-hint = Retour dans la file quand une conversation se termine
wishes-listed = Être seulement dans la liste
wishes-listed-hint = Les autres peuvent te demander ; la file ne te met avec personne
camera = Caméra
camera-on = Allumer la caméra
camera-off = Éteindre la caméra
microphone = Micro
mic-mute = Couper le micro
mic-unmute = Rallumer le micro
trouble-denied =
    { $device ->
        [both] Le navigateur n’a pas le droit d’utiliser ta caméra et ton micro. Autorise-les dans la barre d’adresse et réessaie, ou continue sans.
        [camera] Le navigateur n’a pas le droit d’utiliser ta caméra. Autorise-la dans la barre d’adresse et réessaie, ou continue sans.
       *[microphone] Le navigateur n’a pas le droit d’utiliser ton micro. Autorise-le dans la barre d’adresse et réessaie, ou continue sans.
    }
trouble-none =
    { $device ->
        [both] Ni caméra ni micro. Branche-les et réessaie, ou continue sans : tu verras et entendras quand même l’autre.
        [camera] Aucune caméra trouvée. Branche-en une et réessaie, ou continue sans : tu verras et entendras quand même l’autre.
       *[microphone] Aucun micro trouvé. Branche-en un et réessaie, ou continue sans : tu verras et entendras quand même l’autre.
    }
trouble-busy =
    { $device ->
        [both] La caméra et le micro sont utilisés par un autre programme. Ferme-le, puis réessaie.
        [camera] Ta caméra est utilisée par un autre programme. Ferme-le, puis réessaie.
       *[microphone] Ton micro est utilisé par un autre programme. Ferme-le, puis réessaie.
    }
trouble-again = Réessayer
trouble-insecure =
    { $device ->
        [both] Les navigateurs ne donnent la caméra et le micro qu’aux pages sûres : ouvre cette page en https ou sur localhost.
        [camera] Les navigateurs ne donnent la caméra qu’aux pages sûres : ouvre cette page en https ou sur localhost.
       *[microphone] Les navigateurs ne donnent le micro qu’aux pages sûres : ouvre cette page en https ou sur localhost.
    }

## Qui attend

people = En ce moment
people-refresh = Regarder à nouveau
people-none = Personne d’autre n’attend. Lance-toi : la prochaine personne à venir te rencontre.
people-count =
    { $count ->
        [one] { $count } personne à qui demander directement.
       *[other] { $count } personnes à qui demander directement.
    }
people-new =
    { $mode ->
        [video] Vidéo, vient d’arriver
       *[text] Texte, vient d’arriver
    }
people-waiting =
    { $mode ->
        [video] Vidéo, attend depuis { $duration }
       *[text] Texte, attend depuis { $duration }
    }
people-introduced = présenté par { $by }
people-ask = Demander
people-ask-for =
    { $mode ->
        [video] Demander un appel vidéo à { $name }
       *[text] Demander une conversation écrite à { $name }
    }
mirror = Miroir
mirror-badge = miroir
waiting = On cherche quelqu’un
waiting-listed = Tu es dans la liste
waiting-video = Vidéo, environ { $minutes } min
waiting-stop = Arrêter de chercher
waiting-reconnecting = Reconnexion… ta place est gardée quelques secondes.
queue-hold-expired = La connexion a été coupée trop longtemps, ta place dans la file est perdue.

## Vingt secondes pour dire oui

invite-asking = On demande à { $name }
invite-here = { $name } est là
invite-asking-what =
    { $mode ->
        [video] un appel vidéo de { $duration }
       *[text] une conversation écrite
    }
invite-what =
    { $mode ->
        [video] veut un appel vidéo de { $duration } avec toi
       *[text] veut t’écrire
    }
invite-announced =
    { $mode ->
        [video] { $name } veut un appel vidéo de { $duration } avec toi. Tu as { $seconds } secondes. A accepte, D refuse.
       *[text] { $name } veut t’écrire. Tu as { $seconds } secondes. A accepte, D refuse.
    }
invite-matched =
    { $mode ->
        [video] La file vous réunit : un appel vidéo de { $duration }
       *[text] La file vous réunit : une conversation écrite
    }
invite-matched-announced =
    { $mode ->
        [video] La file te réunit avec { $name } pour un appel vidéo de { $duration }. Tu as { $seconds } secondes. A accepte, D refuse.
       *[text] La file te réunit avec { $name } pour une conversation écrite. Tu as { $seconds } secondes. A accepte, D refuse.
    }
invite-missed = Tu n’as pas répondu à temps à { $name }.
invite-mirror = C’est un miroir : tu te vois toi-même jusqu’à ce que quelqu’un arrive
invite-accept = Dire oui
invite-withdraw = Retirer
invite-waiting = On attend le oui de { $name }…
invite-peer-accepted = { $name } a déjà dit oui.
invite-declined = { $name } a dit non cette fois.
invite-cancelled = { $name } a changé d’avis.
invite-expired = { $name } n’a pas répondu à temps.
invite-unavailable = { $name } n’est plus là.
invite-no-answer = Tu n’as pas répondu, tu n’es donc plus dans la file.
invite-gone = L’invitation n’existe plus.

## En conversation

room = Conversation
room-with = Conversation avec { $name }
room-entered =
    { $mode ->
        [video] Tu es en appel vidéo avec { $name }.
       *[text] Tu es en conversation écrite avec { $name }.
    }
room-mirror = C’est un miroir : tu te vois toi-même jusqu’à ce que quelqu’un arrive.
room-muted = micro coupé
room-reconnecting = Reconnexion au serveur… votre conversation continue.
room-connecting = On te connecte à { $name }…
room-interrupted = On cherche un meilleur chemin…
room-camera-off = { $name } a éteint la caméra
room-leaving = On raccroche…
room-sound = Activer le son
room-next = Suivant
room-hang-up = Raccrocher
room-away = { $name } s’est absenté
room-away-left = { $name } s’est absenté, { $seconds } s
room-away-announced = { $name } s’est absenté. La conversation attend { $seconds } secondes.
room-back = { $name } est de retour.
room-half-minute = Plus qu’une demi-minute.
room-ask-video = Proposer la vidéo
upgrade-asked = Tu as proposé la vidéo à { $name }.
upgrade-asks = { $name } aimerait te voir.
upgrade-declined = { $name } préfère continuer par écrit.
upgrade-agree = Allumer la vidéo
upgrade-decline = Rester à l’écrit
hang-up-title = Raccrocher ?
hang-up-text = Si tu quittes { $name }, vous ne serez plus mis ensemble pendant un jour.
chat = Chat
chat-close = Fermer le chat
chat-messages = Messages
chat-message = Message
chat-placeholder = Dis quelque chose
chat-first = Voici le début de ta conversation avec { $name }. Sois bienveillant.
chat-typing = { $name } écrit
chat-sending = Envoi
chat-sent = Envoyé
chat-delivered = Reçu
chat-read = Lu
chat-failed = Non envoyé : { $why }
chat-unseen = { $count } de plus
torch-mine = La torche se consume : dis quelque chose
torch-both = La torche se consume : dites quelque chose, tous les deux
torch-theirs = { $name } laisse la torche se consumer
torch-announced = { $words }. Encore { $seconds } secondes.
torch-on-hold = { $time }, en pause
torch-lit = La torche brûle à nouveau.

## La scène d’un appel

call-panel = Plus : écran, image, appareils
call-panel-close = Fermer
camera-flip = Changer de caméra
speaker = Haut-parleur
screen-share = Partager l’écran
screen-stop = Arrêter le partage
screen-shared = Tu partages ton écran
screen-theirs = { $name } partage un écran.
screen-theirs-over = { $name } ne partage plus d’écran.
fit-whole = Montrer toute l’image
fit-fill = Remplir le cadre
picture-in-picture = Image dans l’image
full-screen = Plein écran
full-screen-leave = Quitter le plein écran
self-move = Ton image. Les flèches ou un clic la déplacent dans un autre coin.
self-move-from =
    { $corner ->
        [top-left] Ton image, en haut à gauche. Les flèches ou un clic la déplacent dans un autre coin.
        [top-right] Ton image, en haut à droite. Les flèches ou un clic la déplacent dans un autre coin.
        [bottom-right] Ton image, en bas à droite. Les flèches ou un clic la déplacent dans un autre coin.
       *[bottom-left] Ton image, en bas à gauche. Les flèches ou un clic la déplacent dans un autre coin.
    }
self-at =
    { $corner ->
        [top-left] Ton image est en haut à gauche.
        [top-right] Ton image est en haut à droite.
        [bottom-right] Ton image est en bas à droite.
       *[bottom-left] Ton image est en bas à gauche.
    }
chat-open = Ouvrir le chat
chat-heard = { $name } écrit : { $text }
quality =
    { $level ->
        [good] Connexion : bonne
        [fair] Connexion : moyenne
       *[weak] Connexion : faible
    }
quality-weak = Ta connexion est faible
quality-better = Ta connexion va mieux.
quality-loss = { $percent } % de pertes
quality-delay = { $ms } ms de délai
quality-frames = { $fps } images par seconde

## Comment cela s’est terminé

ended-apart = Vous ne serez plus mis ensemble pendant un jour.
ended-hangup = { $name } a raccroché
ended-hangup-text = C’était { $name }.
ended-hangup-mine = Tu as raccroché
ended-hangup-mine-text = Merci d’avoir parlé avec { $name }.
ended-next = { $name } est passé à la suite
ended-next-text = Ça arrive, et cela ne dit rien de toi.
ended-next-mine = À la suite
ended-time-up = C’est l’heure
ended-time-up-text = Ton temps avec { $name } est écoulé. Les bonnes conversations finissent toujours trop tôt.
ended-torch = La torche s’est éteinte
ended-torch-text = Personne ne l’a entretenue, et la conversation avec { $name } s’est éteinte avec elle.
ended-away = { $name } n’est pas revenu
ended-away-mine = Ton absence a été trop longue
ended-away-text = La connexion était perdue et la conversation ne pouvait plus attendre.
ended-no-path = La connexion n’a pas pu se faire
ended-no-path-text = Aucun chemin n’a été trouvé entre toi et { $name }. Ce n’est la faute de personne. Il faudra peut-être un moment avant de pouvoir vous retrouver.
ended-reported = Tu as signalé { $name }
ended-reported-text = Merci. La modération va regarder, et vous ne vous reverrez jamais.
ended-blocked = Tu as bloqué { $name }
ended-blocked-text = Vous ne vous verrez plus, pour de bon.
ended-gone = { $name } est parti
ended-gone-text = Cette personne n’est plus sur Rondo.
ended-other = La conversation est terminée
ended-other-text = Pendant ton absence, la conversation avec { $name } s’est terminée.
ended-talked = Vous avez parlé { $duration }.
ended-again = Trouver quelqu’un d’autre
ended-again-text = Trouver un autre chat
ended-goes-on = Recherche de quelqu’un d’autre dans { $seconds } s
ended-stay = Rester ici
ended-home = Retour au début

## Bloquer et signaler

block = Bloquer
block-or-report = Bloquer ou signaler { $name }
block-title = Bloquer { $name } ?
block-text = Tu ne seras plus jamais mis avec { $name }, et vous ne vous verrez plus. Une conversation en cours s’arrête tout de suite. { $name } n’en saura rien.
block-done = { $name } est bloqué
report-and-block = Signaler et bloquer
report-done = { $name } est signalé et bloqué
report-question = Y a-t-il quelque chose à signaler ?
report-none = Rien à signaler : seulement bloquer
report-sexual = Comportement sexuel ou nudité
report-harassment = Insultes ou harcèlement
report-hate = Haine
report-violence = Menaces ou violence
report-minor = Semble mineur
report-spam = Publicité ou arnaque
report-other = Autre chose
report-details = Que s’est-il passé ?
report-hint = La modération lit ceci et ce qui a été écrit dans la conversation. L’image n’a pas été enregistrée.

## Présentations

introduce = Présenter un ami à { $name }
introduce-short = Présenter
introduce-text = Donne ce lien à quelqu’un qui devrait rencontrer { $name }. On demande d’abord à { $name }. Après un oui, les deux se voient en premier, et la file les réunit dès qu’ils attendent tous les deux.
introduce-hint = Le lien vaut 90 jours, pour quelques amis par jour. { $name } saura qui l’a créé et qui l’a suivi.
introduce-pass-on-title = Rencontre { $name }
introduce-pass-on = J’ai rencontré { $name } sur Rondo. Je crois que vous devriez faire connaissance.
pass-on-link = Lien
pass-on-copy = Copier
pass-on-copied = Copié
pass-on-by-hand = Appuie sur Ctrl+C pour copier
pass-on-share = Partager
letter-title = Rencontrer { $name } ?
letter-text = { $by } aimerait te présenter. On demande à { $name }, qui voit ton nom. Après un oui, vous passez en premier l’un pour l’autre.
letter-follow = Présentez-moi
notices = Notifications
notices-new = Notifications, { $count } en attente
notices-none = Rien pour l’instant. Quand un ami te présente quelqu’un, c’est ici que tu le lis.
notice-other = Il y a du nouveau pour toi.
notice-question = Quelqu’un pense que { $name } et toi devriez vous rencontrer.
notice-question-by = { $by } pense que { $name } et toi devriez vous rencontrer.
notice-ask = Ça te dit ?
notice-said-yes = Tu as dit oui.
notice-said-no = Tu as dit non.
notice-missed = Tu n’as pas répondu à temps, et personne n’a été prévenu.
notice-introduced = On t’a présenté { $name }. Vous passez en premier l’un pour l’autre.
notice-introduced-by = { $by } t’a présenté { $name }. Vous passez en premier l’un pour l’autre.
notice-find = Chercher quelqu’un maintenant
question-yes = Oui, avec plaisir
question-no = Non, merci
question-hint = Si tu préfères que non, personne n’en saura rien.
question-hint-by = Si tu préfères que non, personne n’en saura rien, et { $by } ne pourra plus demander.
question-agreed = Super. { $name } et toi passez maintenant en premier l’un pour l’autre.
question-guest = ton invité
question-refused = C’est très bien. Personne n’en saura rien.
question-over = Cette question a déjà sa réponse, ou son temps est passé.

## Le compte

account = Toi
account-profile = Comment les autres te voient
profile-save = Enregistrer
profile-saved = Enregistré. Ceux que tu rencontres désormais le voient
alerts = Sons et notifications
alerts-sounds = Sons
alerts-sounds-hint = Pour une invitation, un message et la dernière demi-minute
alerts-notify = Notifications
alerts-notify-hint = De ton navigateur, pendant que tu regardes une autre page
alerts-notify-denied = Ton navigateur ne doit pas en afficher d’ici. Autorise-les dans la barre d’adresse
alerts-notify-none = Ce navigateur n’en propose pas pour cette page
notify-message = Nouveau message de { $name }
account-completions =
    { $count ->
        [one] { $count } conversation d’une demi-minute ou plus
       *[other] { $count } conversations d’une demi-minute ou plus
    }
account-code = Ton code d’invitation
account-earn = Qui entre avec un code et a { $needed } conversations de 30 secondes en reçoit un à son tour, pour { $needed } amis.
account-earn-left =
    { $left ->
        [one] Encore { $left } conversation de 30 secondes, et tu reçois ton propre code, pour { $needed } amis.
       *[other] Encore { $left } conversations de 30 secondes, et tu reçois ton propre code, pour { $needed } amis.
    }
account-qr = Ton code d’invitation en image QR
account-uses = Il reste { $left } utilisations sur { $uses }.
account-uses-none = Les { $uses } utilisations sont épuisées : il en reste 0.
account-pass-on = Entre avec mon code d’invitation.
account-past = Conversations passées
past-none = Aucune pour l’instant. Les conversations de cinq secondes ou plus s’affichent ici.
past-earlier = Voir les précédentes
past-what =
    { $mode ->
        [video] Vidéo, { $duration }, { $since }
       *[text] Texte, { $duration }, { $since }
    }
past-messages =
    { $count ->
        [one] { $count } message
       *[other] { $count } messages
    }
own-return = Revenir
own-stay = Rester
own-devices = Où tu es connecté
own-this-browser = ce navigateur
own-device = { $browser } sur { $system }
own-device-unknown = Appareil inconnu
own-data = Tes données
own-download = Tout télécharger
own-download-text = Pour que personne d’autre ne puisse les prendre, montre que c’est bien toi.
own-download-yes = Télécharger
own-delete = Supprimer le compte
own-delete-title = Supprimer ton compte ?
own-delete-text = Ton nom, ton historique et tout ce que tu as fait disparaissent aussitôt, et personne ne peut les faire revenir. Dans l’historique des gens que tu as rencontrés, on lira « { $deleted } ».
own-delete-yes = Supprimer
own-delete-no = Le garder
own-id = Ton identifiant, pour qui gère ce service : { $id }
own-guest = Tu es invité dans ce navigateur seulement. Avec une adresse e-mail et un mot de passe, tu peux revenir de partout sous la même identité.
own-keep = Garder mon compte
own-kept = Tu peux maintenant revenir avec ton adresse e-mail
own-letter-sent = Un e-mail est en route
own-letter-again = Renvoyer
own-letter-again-sent = Un autre e-mail est en route ; le code précédent ne vaut plus rien
own-other-address = Une autre adresse
own-address-lost = Quelqu’un d’autre a montré que l’adresse avec laquelle tu te connectes est la sienne. Tu te connectes toujours avec elle et ton mot de passe ; donne une adresse à toi.
own-pending = Un e-mail est parti vers { $email }. Son code est valable un jour.
own-verified = vérifiée
own-not-verified = non vérifiée
own-verify = Vérifier
own-verify-ask = La vérifier par e-mail
own-verify-done = Vérifiée
own-wrong-login = L’adresse e-mail ou le mot de passe est faux.
own-wrong-password = Ce n’est pas ton mot de passe.
own-wrong-email = Donne une adresse e-mail, comme { $example }.
own-email-taken = Cette adresse e-mail appartient déjà à un compte.
own-code-old = Ce code est trop ancien, ou il a déjà servi.
own-no-letters = Ce service n’envoie pas d’e-mails.

## Aide

help = Comment marche Rondo
help-pairing = Tu attends, quelqu’un d’autre attend, et on vous présente. Vous avez 20 secondes chacun pour dire oui. À l’écrit, entretenez la torche : qui se tait deux minutes la laisse se consumer.
help-media = L’image et le son vont d’un navigateur à l’autre. Si le serveur redémarre, votre appel continue.
help-keys = Touches
key-accept = accepter une invitation
key-decline = refuser une invitation
key-microphone = micro allumé ou coupé
key-camera = caméra allumée ou éteinte
key-chat = ouvrir le chat et écrire
key-share = partager l’écran
key-full = plein écran
key-next-keys = N, Espace
key-next = personne suivante
key-escape = raccrocher (après confirmation), fermer une fenêtre, arrêter de chercher
key-help = cette aide
help-single-keys = Les touches seules agissent (Échap toujours)
help-developers = Pour les développeurs : { $link }.
help-contract = le protocole
help-close = Compris

## Friends: staying in touch after a call

friends-nav = Amis et messages
friends-nav-new = Amis et messages, du nouveau dans { $count }
friends-loading = Un instant…
touch = Garder le contact
touch-hint = { $name } ne le saura que si l’envie est partagée.
touch-done = Tu aimerais garder le contact
touch-done-hint = { $name } ne le saura que si l’envie est partagée. Vous vous retrouverez alors parmi vos amis.
touch-undo = Annuler
touch-aloud = Demander ouvertement à { $name }
touch-aloud-hint = { $name } saura que tu demandes, et lira ce que tu écris.
touch-note = Un mot pour { $name }
touch-send = Demander
touch-asked = Tu as demandé à { $name }
touch-asked-hint = Si c’est oui, vous vous retrouverez parmi vos amis. Un non n’est pas annoncé.
touch-friends = { $name } et toi êtes maintenant amis
touch-refused = On ne peut pas demander à { $name }.
touch-friends-hint = Appelez-vous et écrivez-vous quand vous voulez.
touch-needs-account = { $name } le voudrait aussi. Garde ton compte, et vous serez amis.
touch-waits = Vous le voudriez tous les deux. Dès que { $name } aura un compte, vous serez amis.
touch-like = Garder le contact avec { $name }
touch-unlike = Tu aimerais garder le contact avec { $name }. Annuler

## Friends

friends = Amis
friends-write-to = Écrire à { $name }

## Calls between friends

call-here = { $name } appelle
call-asking = Appel de { $name }…
call-what = Un appel vidéo entre amis
call-announced = { $name } appelle. Tu as { $seconds } secondes. A accepte, D refuse.
call-accept = Répondre
call-withdraw = Raccrocher
call-waiting = Ça sonne…
call-hang-up-text = L’appel avec { $name } se termine.

## Messages

messages-by = { $name } : { $text }
messages-picture = Image
messages-file = Fichier
messages-deleted = Message supprimé
messages-hidden = Message d’une personne que tu as bloquée

## A conversation

talk-former = Ancien membre
talk-call =
    { $outcome ->
        [ended] Appel vidéo, { $duration }
        [declined] Appel vidéo, sans réponse
        [cancelled] Appel vidéo, annulé
        [expired] Appel vidéo, manqué
       *[other] Appel vidéo, pas abouti
    }
notice-created =
    { $mine ->
        [by] Tu as créé ce groupe.
       *[other] { $by } a créé ce groupe.
    }
notice-added =
    { $mine ->
        [by] Tu as ajouté { $name }.
        [name] { $by } t’a ajouté.
       *[other] { $by } a ajouté { $name }.
    }
notice-left = { $name } est parti.
notice-removed =
    { $mine ->
        [by] Tu as retiré { $name }.
       *[other] { $by } a retiré { $name }.
    }
notice-renamed =
    { $mine ->
        [by] Tu as nommé le groupe { $title }.
       *[other] { $by } a nommé le groupe { $title }.
    }
notice-owner =
    { $mine ->
        [name] Tu t’occupes maintenant du groupe.
       *[other] { $name } s’occupe maintenant du groupe.
    }
notice-closed = Cette conversation est fermée.
notice-reopened = Vous êtes de nouveau amis : cette conversation est ouverte.
talk-report-title = Signaler ce message ?
talk-report-text = La modération le lit avec les messages autour et décide. { $name } est bloqué et n’en saura rien.
talk-report-hint = Les fichiers et les versions précédentes sont joints.
report-question-what = Qu’est-ce qui ne va pas ?

## What friends see, notifications and privacy

own-delete-messages = Vider aussi tous les messages que j’ai écrits, partout
own-delete-erasing = Ton compte n’existe plus. Tes messages continuent d’être vidés ; cela peut prendre quelques minutes.
notice-friend-request = { $name } aimerait être ton ami.
notice-friend-added = { $name } et toi êtes maintenant amis.
notice-group-added = { $name } t’a ajouté à un groupe.
notice-missed-call = Tu as manqué un appel de { $name }.
notice-report-decided = La modération a tranché sur ton signalement. Merci.
notice-ban = Tu as été exclu.
notice-ban-lifted = Ton exclusion est levée.
notice-appeal-answered = On a répondu à ton objection.
notice-security = Quelque chose a changé dans ta façon de te connecter. Si ce n’était pas toi, change ton mot de passe.
notice-open-friends = Vers tes amis
notice-open-messages = Vers tes messages
notify-call = { $name } t’appelle
notify-message-group = Nouveau message dans { $name }

## Why something was refused, among friends

refusal-account = Il faut un compte pour cela : ajoute d’abord une adresse e-mail et un mot de passe.
refusal-limit = Il ne peut pas y en avoir plus.
refusal-closed = Cette conversation est fermée.
refusal-edit-over = Ce message est trop ancien pour être modifié.
refusal-not-found = Cela n’existe plus.
