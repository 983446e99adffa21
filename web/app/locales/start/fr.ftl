### Ce que Rondo dit aux gens, en français : tutoiement, chaleureux, bref.

## Partout

just-now = à l’instant
close = Fermer
optional = facultatif
dialog-stay = Rester
top-brand = Rondo, page d’accueil
top-you = Toi
top-help = Aide et raccourcis
language = Langue

## La première page et l’entrée

landing = Rencontre quelqu’un que tu n’aurais jamais rencontré.
landing-lead = Rondo réunit deux inconnus, une paire à la fois. Vous dites oui tous les deux, vous parlez, vous continuez votre chemin. Pas de profil à soigner, pas d’e-mail, pas de fil d’actualité.
landing-direct = La vidéo passe directement entre vous deux
landing-once = Personne ne croise deux fois la même personne dans la journée
landing-leave = Une touche suffit pour partir ou bloquer
landing-here = Environ { $count } personnes ici en ce moment
sign-up-title = Qui es-tu aujourd’hui ?
sign-up = Entrer
sign-up-adult = J’ai { $age } ans ou plus
sign-up-have-account = J’ai un compte
sign-up-hint = Tu es invité pour sept jours dans ce navigateur. Sois bienveillant : on peut te signaler.
name = Prénom ou pseudo
interests = Centres d’intérêt
interests-placeholder = musique, cuisine, échecs
interests-hint = Tu rencontres d’abord ceux qui en partagent un.
gender = Genre
gender-unspecified = Je préfère ne pas le dire
gender-female = Femme
gender-male = Homme
gender-nonbinary = Non binaire
invite-code = Code d’invitation
invite-code-later = tu peux aussi l’ajouter plus tard
invite-code-wrong = Ce code d’invitation n’est pas des nôtres, ou il est épuisé.
birth-date = Date de naissance
birth-date-wrong = Tu es trop jeune pour ce service, ou ce n’est pas une date de naissance.
gate-working = Beaucoup de monde arrive de là où tu es. Ton navigateur fait un petit calcul, pour que la porte reste ouverte aux humains et pas aux robots. Un instant…
gate-not-loaded = La vérification ne s’est pas chargée. Réessaie, s’il te plaît.

## Présentations

letter = { $by } aimerait que tu rencontres { $name }
letter-hint = Entre, et on demandera à { $name }. Après un oui, vous vous verrez en premier, et la file vous réunira dès que vous attendrez tous les deux.
letter-followed = On prévient { $name }. Après un oui, vous passez en premier l’un pour l’autre.

## Pourquoi cela n’a pas marché

refusal-unavailable = Cette personne n’est plus disponible.
refusal-cooldown = Vous vous êtes rencontrés ou manqués il y a peu. Réessaie demain.
refusal-fast = C’était un peu rapide. Réessaie dans { $duration }.
refusal-access = Il te faut un code d’invitation pour rencontrer du monde ici.
refusal-birth-date = Dis-nous d’abord quand tu es né(e).
refusal-gate = Trop de monde arrive en ce moment de là où tu es. Réessaie dans quelques minutes.
refusal-banned = Tu ne peux pas utiliser Rondo pour le moment.
refusal-offline = Le serveur est injoignable. Réessaie dans un instant.
refusal-invite-gone = Cette invitation est terminée.
refusal-signed-out = Tu es déconnecté.
refusal-other = Cela n’a pas marché.
