## Friends

friends-none = Aquí no hay nadie todavía
friends-none-text = Después de una conversación, pulsa el corazón. Si lo hacen los dos, se encuentran aquí.
friends-count =
    { $count ->
        [one] { $count } amigo
       *[other] { $count } amigos
    }
friends-requests = Quieren ser tus amigos
friends-sent = Preguntaste
friends-sent-quiet = en silencio: no lo saben
friends-accept = Sí, con gusto
friends-decline = No, gracias
friends-decline-hint = Un no no se comunica.
friends-accepted = { $name } y tú ya son amigos.
friends-declined = Está bien. { $name } no se entera.
friends-withdraw-from = Retirar lo que preguntaste a { $name }
friends-more = Mostrar más
friends-guest = Estás de visita
friends-guest-text = Puedes pulsar el corazón y recibir preguntas. Para ser amigos, escribirse y llamarse necesitas una cuenta: un correo y una contraseña, nada más.
friends-presence =
    { $presence ->
        [online] aquí ahora
        [in_call] en una llamada
       *[offline] no está
    }
friends-since = Amigos desde el { $date }
friends-nickname = El nombre que le das
friends-note = Tu nota
friends-private = Solo tú ves el nombre y la nota.
friends-save = Guardar
friends-saved = Guardado
friends-write = Escribir
friends-call = Llamar
friends-call-to = Llamar a { $name }
friends-end = Terminar la amistad
friends-end-title = ¿Dejar de ser amigo de { $name }?
friends-end-text = Ya no podrán escribirse ni llamarse; lo escrito se puede seguir leyendo. { $name } no se entera.
friends-ended = { $name } y tú ya no son amigos.

## Messages

messages = Mensajes
messages-none = Todavía no hay mensajes
messages-none-text = Escribe a un amigo o crea un grupo de amigos.
messages-choose = Elige una conversación o escribe a un amigo.
messages-search = Buscar en tus mensajes
messages-found =
    { $count ->
        [0] No se encontró nada
        [one] { $count } mensaje encontrado
       *[other] { $count } mensajes encontrados
    }
messages-search-short = Escribe al menos una palabra entera.
messages-you = Tú: { $text }
messages-unread = { $count } sin leer
messages-mentioned = te mencionan
messages-muted = en silencio
messages-back = Todos los mensajes

## A conversation

talk = Conversación con { $name }
talk-about = Sobre esta conversación
talk-search = Buscar en esta conversación
talk-mention = ¿A quién te refieres?
talk-first = Aquí empieza tu conversación con { $name }.
talk-first-group = Aquí empieza { $name }. Todos los que están leen lo que escribes.
talk-earlier = Mostrar mensajes anteriores
talk-later = Mostrar mensajes posteriores
talk-newest = A lo más nuevo
talk-new = Nuevo
talk-placeholder = Escribe algo
talk-closed = Puedes leer esto, pero ya no escribir aquí.
talk-typing =
    { $count ->
        [one] { $name } está escribiendo
       *[other] { $name } y otros están escribiendo
    }
talk-edited = editado
talk-read-by = Leído por { $names }
talk-reply = Responder
talk-replying = Respondes a { $name }
talk-quote-gone = un mensaje anterior
talk-edit = Editar
talk-editing = Editas tu mensaje
talk-delete = Borrar
talk-delete-title = ¿Borrar este mensaje?
talk-delete-text = El texto, los archivos y las reacciones desaparecen para todos, al momento.
talk-copy = Copiar el texto
talk-copied = Copiado
talk-report = Denunciar
talk-menu = Qué hacer con el mensaje: { $text }
talk-react = Reaccionar
talk-reaction = Añadir { $emoji }
talk-reaction-other = Otro emoji
talk-reactions =
    { $count ->
        [one] { $emoji }, { $count } persona
       *[other] { $emoji }, { $count } personas
    }
talk-reactions-mine =
    { $count ->
        [one] { $emoji }, tú. Pulsa para quitarlo
       *[other] { $emoji }, { $count } personas, tú también. Pulsa para quitar el tuyo
    }
talk-retry = No se envió: { $why } Intentar de nuevo
talk-drop = No enviar

## Files in a conversation

file-add = Añadir imágenes o archivos
file-uploading = { $name }: { $percent } %
file-checking = Comprobando { $name }…
file-ready = { $name } está listo
file-remove = Quitar { $name }
file-open = Abrir la imagen { $name }
file-load = Abrir { $name }, { $size }
file-not-yours = { $name }, { $size }. Solo lo pueden abrir los amigos de quien lo envió.
file-gone = Este archivo ya no se puede abrir.
file-wrong-type = { $name } no se envía: imágenes (JPEG, PNG, WebP, GIF), PDF y texto sin formato, nada más.
file-wrong-picture = { $name } no se envía: solo imágenes (JPEG, PNG, WebP, GIF).
file-too-large = { $name } es demasiado grande: { $max } como máximo.
file-too-many = Hasta { $max } archivos por mensaje.
file-broken = { $name } no se envía: está dañado o no es lo que dice su nombre.
file-full = No queda sitio para { $name }: tus archivos juntos son demasiado grandes, por hoy o en total.
file-empty = { $name } está vacío.
file-off = Este servicio no acepta archivos.
file-failed = { $name } no llegó.

## Groups

group-new = Nuevo grupo
group-name = Nombre del grupo
group-who = Quién está
group-who-hint = Puedes añadir a tus amigos, hasta { $max } personas en total.
group-no-friends = Un grupo se hace con amigos: todavía no tienes.
group-create = Crear el grupo
group-about = Sobre { $name }
group-members =
    { $count ->
        [one] { $count } persona
       *[other] { $count } personas
    }
group-owner = cuida del grupo
group-you = { $name } (tú)
group-add = Añadir a un amigo
group-add-yes = Añadir
group-remove = Quitar a { $name }
group-remove-title = ¿Quitar a { $name }?
group-remove-text = { $name } podrá leer lo escrito hasta ahora, y no podrá volver en un día.
group-rename = Cambiar el nombre
group-leave = Salir del grupo
group-leave-title = ¿Salir de { $name }?
group-leave-text = Te podrán añadir de nuevo después de un día. Si cuidas del grupo, lo hará quien lleve más tiempo.
group-full = Un grupo tiene { $max } personas como máximo.
group-not-yet = { $name } se fue o lo quitaron hace poco, y podrá volver { $when }.
talk-notify = Avisarme
talk-notify-all = de cada mensaje
talk-notify-mentions = cuando me mencionan
talk-notify-none = de nada

## What friends see, notifications and privacy

shown = Lo que tus amigos ven de ti
shown-avatar = Tu imagen
shown-avatar-add = Elegir una imagen
shown-avatar-remove = Quitar la imagen
shown-avatar-saved = Tus amigos ya ven la nueva imagen
shown-bio = Sobre ti
shown-bio-hint = Solo lo ven tus amigos.
shown-status = Estado
shown-status-placeholder = ¿Qué haces?
shown-until = Hasta
shown-until-always = que lo cambie
shown-until-hour = dentro de una hora
shown-until-today = esta noche
shown-until-week = dentro de una semana
privacy = Amigos y privacidad
privacy-presence = Mis amigos ven cuándo estoy
privacy-presence-hint = Si no, tampoco ves dónde están ellos
privacy-receipts = Mis amigos ven lo que he leído
privacy-receipts-hint = Si no, tampoco ves lo que han leído ellos
privacy-requests = Quienes me conocieron pueden pedirme amistad
privacy-requests-hint = Si no, nadie puede pedírtelo
privacy-saved = Guardado
kinds = Avisarme de
kinds-live = Aquí
kinds-email = Por correo
kinds-email-unverified = El correo solo va a una dirección verificada.
kinds-for-live = { $kind }: aquí
kinds-for-email = { $kind }: por correo
kinds-always = siempre
kind-friend-request = Solicitudes de amistad
kind-friend-added = Nuevos amigos
kind-group-added = Grupos a los que me añaden
kind-introduction = Presentaciones
kind-introduction-request = Preguntas sobre presentaciones
kind-missed-call = Llamadas perdidas
kind-message = Mensajes
kind-mention = Menciones
kind-report-decided = Qué pasó con mis denuncias
kind-ban = Expulsiones
kind-ban-lifted = Expulsiones levantadas
kind-appeal-answered = Respuestas a objeciones
kind-security = Seguridad de la cuenta

## Why something was refused, among friends

refusal-call = Ahora no se puede llamar a { $name }.
