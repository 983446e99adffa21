## Friends

friends-none = Personne ici pour l’instant
friends-none-text = Après une conversation, appuie sur le cœur. Si vous le faites tous les deux, vous vous retrouvez ici.
friends-count =
    { $count ->
        [one] { $count } ami
       *[other] { $count } amis
    }
friends-requests = Aimeraient être tes amis
friends-sent = Tu as demandé
friends-sent-quiet = en silence : ils n’en savent rien
friends-accept = Oui, volontiers
friends-decline = Non, merci
friends-decline-hint = Un non n’est pas annoncé.
friends-accepted = { $name } et toi êtes maintenant amis.
friends-declined = Pas de souci. { $name } n’en saura rien.
friends-withdraw-from = Annuler ta demande à { $name }
friends-more = Afficher plus
friends-guest = Tu es de passage
friends-guest-text = Tu peux appuyer sur le cœur et recevoir des demandes. Pour être amis, vous écrire et vous appeler, il te faut un compte : une adresse e-mail et un mot de passe, rien d’autre.
friends-presence =
    { $presence ->
        [online] ici en ce moment
        [in_call] en conversation
       *[offline] absent
    }
friends-since = Amis depuis le { $date }
friends-nickname = Le nom que tu lui donnes
friends-note = Ta note
friends-private = Toi seul vois ce nom et cette note.
friends-save = Enregistrer
friends-saved = Enregistré
friends-write = Écrire
friends-call = Appeler
friends-call-to = Appeler { $name }
friends-end = Mettre fin à l’amitié
friends-end-title = Ne plus être ami avec { $name } ?
friends-end-text = Vous ne pourrez plus vous écrire ni vous appeler ; ce qui est écrit reste lisible. { $name } n’en saura rien.
friends-ended = { $name } et toi n’êtes plus amis.

## Messages

messages = Messages
messages-none = Pas encore de messages
messages-none-text = Écris à un ami, ou crée un groupe d’amis.
messages-choose = Choisis une conversation, ou écris à un ami.
messages-search = Chercher dans tes messages
messages-found =
    { $count ->
        [0] Rien trouvé
        [one] { $count } message trouvé
       *[other] { $count } messages trouvés
    }
messages-search-short = Écris au moins un mot entier.
messages-you = Toi : { $text }
messages-unread = { $count } non lus
messages-mentioned = on te mentionne
messages-muted = en sourdine
messages-back = Tous les messages

## A conversation

talk = Conversation avec { $name }
talk-about = À propos de cette conversation
talk-search = Chercher dans cette conversation
talk-mention = De qui parles-tu ?
talk-first = Ici commence ta conversation avec { $name }.
talk-first-group = Ici commence { $name }. Tous ceux qui en font partie lisent ce que tu écris.
talk-earlier = Afficher les messages précédents
talk-later = Afficher les messages suivants
talk-newest = Aux plus récents
talk-new = Nouveau
talk-placeholder = Écris quelque chose
talk-closed = Tu peux lire ceci, mais plus écrire ici.
talk-typing =
    { $count ->
        [one] { $name } écrit
       *[other] { $name } et d’autres écrivent
    }
talk-edited = modifié
talk-read-by = Lu par { $names }
talk-reply = Répondre
talk-replying = Tu réponds à { $name }
talk-quote-gone = un message précédent
talk-edit = Modifier
talk-editing = Tu modifies ton message
talk-delete = Supprimer
talk-delete-title = Supprimer ce message ?
talk-delete-text = Le texte, les fichiers et les réactions disparaissent pour tout le monde, tout de suite.
talk-copy = Copier le texte
talk-copied = Copié
talk-report = Signaler
talk-menu = Que faire du message : { $text }
talk-react = Réagir
talk-reaction = Ajouter { $emoji }
talk-reaction-other = Un autre émoji
talk-reactions =
    { $count ->
        [one] { $emoji }, { $count } personne
       *[other] { $emoji }, { $count } personnes
    }
talk-reactions-mine =
    { $count ->
        [one] { $emoji }, toi. Appuie pour l’enlever
       *[other] { $emoji }, { $count } personnes, dont toi. Appuie pour enlever le tien
    }
talk-retry = Pas envoyé : { $why } Réessayer
talk-drop = Ne pas envoyer

## Files in a conversation

file-add = Ajouter des images ou des fichiers
file-uploading = { $name } : { $percent } %
file-checking = Vérification de { $name }…
file-ready = { $name } est prêt
file-remove = Retirer { $name }
file-open = Ouvrir l’image { $name }
file-load = Ouvrir { $name }, { $size }
file-not-yours = { $name }, { $size }. Seuls les amis de la personne qui l’a envoyé peuvent l’ouvrir.
file-gone = Ce fichier ne peut plus être ouvert.
file-wrong-type = { $name } n’est pas envoyé : images (JPEG, PNG, WebP, GIF), PDF et texte brut seulement.
file-wrong-picture = { $name } n’est pas envoyé : images (JPEG, PNG, WebP, GIF) seulement.
file-too-large = { $name } est trop lourd : { $max } au plus.
file-too-many = { $max } fichiers au plus par message.
file-broken = { $name } n’est pas envoyé : il est abîmé, ou n’est pas ce que dit son nom.
file-full = Plus de place pour { $name } : tes fichiers sont trop lourds ensemble, pour aujourd’hui ou en tout.
file-empty = { $name } est vide.
file-off = Ce service n’accepte pas de fichiers.
file-failed = { $name } n’est pas passé.

## Groups

group-new = Nouveau groupe
group-name = Nom du groupe
group-who = Qui en fait partie
group-who-hint = Tu peux ajouter tes amis, { $max } personnes en tout.
group-no-friends = Un groupe se fait entre amis : tu n’en as pas encore.
group-create = Créer le groupe
group-about = À propos de { $name }
group-members =
    { $count ->
        [one] { $count } personne
       *[other] { $count } personnes
    }
group-owner = s’en occupe
group-you = { $name } (toi)
group-add = Ajouter un ami
group-add-yes = Ajouter
group-remove = Retirer { $name }
group-remove-title = Retirer { $name } ?
group-remove-text = { $name } pourra lire ce qui est écrit jusqu’ici, et ne pourra pas revenir avant un jour.
group-rename = Renommer
group-leave = Quitter le groupe
group-leave-title = Quitter { $name } ?
group-leave-text = On pourra t’ajouter de nouveau après un jour. Si tu t’occupes du groupe, le membre le plus ancien prend la suite.
group-full = Un groupe a { $max } personnes au plus.
group-not-yet = { $name } est parti ou a été retiré il y a peu, et pourra revenir { $when }.
talk-notify = Me prévenir
talk-notify-all = de chaque message
talk-notify-mentions = quand on me mentionne
talk-notify-none = de rien

## What friends see, notifications and privacy

shown = Ce que tes amis voient de toi
shown-avatar = Ton image
shown-avatar-add = Choisir une image
shown-avatar-remove = Retirer l’image
shown-avatar-saved = Tes amis voient maintenant la nouvelle image
shown-bio = À propos de toi
shown-bio-hint = Seuls tes amis le voient.
shown-status = Statut
shown-status-placeholder = Que fais-tu ?
shown-until = Jusqu’à
shown-until-always = ce que je le change
shown-until-hour = dans une heure
shown-until-today = ce soir
shown-until-week = dans une semaine
privacy = Amis et vie privée
privacy-presence = Mes amis voient quand je suis là
privacy-presence-hint = Sinon, tu ne vois pas non plus où ils sont
privacy-receipts = Mes amis voient ce que j’ai lu
privacy-receipts-hint = Sinon, tu ne vois pas non plus ce qu’ils ont lu
privacy-requests = Ceux que j’ai rencontrés peuvent me demander d’être amis
privacy-requests-hint = Sinon, personne ne peut te demander
privacy-saved = Enregistré
kinds = Me prévenir de
kinds-live = Ici
kinds-email = Par e-mail
kinds-email-unverified = Les e-mails ne vont qu’à une adresse vérifiée.
kinds-for-live = { $kind } : ici
kinds-for-email = { $kind } : par e-mail
kinds-always = toujours
kind-friend-request = Demandes d’amitié
kind-friend-added = Nouveaux amis
kind-group-added = Groupes où l’on m’ajoute
kind-introduction = Présentations
kind-introduction-request = Questions sur des présentations
kind-missed-call = Appels manqués
kind-message = Messages
kind-mention = Mentions
kind-report-decided = Suites de mes signalements
kind-ban = Exclusions
kind-ban-lifted = Exclusions levées
kind-appeal-answered = Réponses aux objections
kind-security = Sécurité du compte

## Why something was refused, among friends

refusal-call = { $name } n’est pas joignable pour un appel.
