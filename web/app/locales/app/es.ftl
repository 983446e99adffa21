### Lo que Rondo dice a la gente, en español: de tú, cálido, breve.

## En todas partes

you = Tú
the-other = La otra persona
deleted-person = Persona eliminada
cancel = Cancelar
send = Enviar
not-now = Ahora no
top-account = Tú: código de invitación, conversaciones pasadas
link-lost = Se perdió la conexión con el servidor. Reconectando.
link-back = Conexión recuperada.
offline = No tienes conexión. Rondo sigue por su cuenta en cuanto vuelvas.

## Entrar y salir de la cuenta

sign-in = Iniciar sesión
sign-in-welcome = Qué bueno verte de nuevo, { $name }
sign-out = Cerrar sesión
sign-out-title = ¿Cerrar sesión?
sign-out-permanent = Puedes volver con { $email } y tu contraseña.
sign-out-guest = Estás de visita: sin correo ni contraseña no podrás volver como la misma persona.
email = Correo electrónico
password = Contraseña
password-yours = Tu contraseña
password-now = Contraseña actual
password-new = Contraseña nueva
password-change = Cambiar contraseña
password-changed = Cambiada. Se cerró tu sesión en todos los demás sitios
letter-code = Código del correo
reset = ¿Olvidaste tu contraseña?
reset-send = Envíenme un correo
reset-sent = Si existe esa cuenta, hay un correo en camino
reset-set = Guardar contraseña
reset-done = Inicia sesión con tu contraseña nueva

## Antes de conocer gente

connecting = Entrando…
connecting-waiting = El servidor aún no responde. Lo intentamos de nuevo.
code-gate-title = Con invitación
code-gate = A Rondo se entra con invitación
code-gate-text = Ya estás dentro, pero para conocer gente necesitas un código de alguien que ya esté aquí. Quien ha tenido cuatro conversaciones tiene uno para regalar.
code-gate-open = Abrir la puerta
code-gate-welcome = Te damos la bienvenida. Ya puedes conocer gente.
age-gate-title = Tu edad
age-gate = ¿Cuándo naciste?
age-gate-text = Aquí la gente conoce a personas de una edad parecida. Nadie que conozcas ve la fecha, y después no se puede cambiar.
age-gate-save = Continuar
age-gate-welcome = Gracias. Ya puedes conocer gente.

## La conexión está cerrada

stopped-taken-over = Estás en otra ventana
stopped-taken-over-text = Rondo está abierto en otro sitio con tu nombre, y esa ventana tiene ahora la línea.
stopped-taken-over-action = Usarlo aquí
stopped-banned = Tienes el acceso bloqueado
stopped-banned-text = No puedes usar Rondo.
stopped-signed-out = Tu sesión está cerrada
stopped-signed-out-text = Tu sesión terminó. Entra de nuevo, son diez segundos.
stopped-signed-out-action = Iniciar sesión otra vez
stopped-other = Sin conexión
stopped-other-text = La conversación con el servidor terminó.
stopped-other-action = Conectar
ban-try-again = Intentar de nuevo
ban-until = Hasta el { $date }.
ban-permanent = Para siempre.
ban-pending = Hasta que alguien de moderación lo revise.
ban-object = ¿Es un error? Puedes reclamar una vez.
ban-objected = Recibimos tu reclamación. Alguien de moderación la leerá; vuelve a mirar más tarde.
ban-decided =
    { $status ->
        [accepted] Tu reclamación fue aceptada.
        [rejected] Tu reclamación fue rechazada.
       *[other] Sobre tu reclamación: { $status }.
    }

## La entrada

lobby-hello = Hola, { $name }
lobby-find = Buscar a alguien
lobby-camera = Encender la cámara
lobby-connecting = Conectando con el servidor…
mode = ¿Cómo quieres hablar?
mode-video = Vídeo
mode-text = Texto
wishes = Deseos
wishes-interests = Hablar de
wishes-want = Conocer solo a
wishes-want-none = sin elegir: todo el mundo
wishes-minutes = Duración de la llamada
wishes-minutes-hint = La llamada dura el punto medio de lo que piden los dos.
wishes-at-once = Empezar enseguida
wishes-at-once-hint = Sin preguntar antes: hablan en cuanto aparece alguien
wishes-go-on = Seguir sin parar
wishes-go-on-hint = De vuelta a la cola cuando termina una conversación
wishes-listed = Solo estar en la lista
wishes-listed-hint = Otros pueden pedírtelo; la cola no te empareja
camera = Cámara
camera-on = Encender la cámara
camera-off = Apagar la cámara
microphone = Micrófono
mic-mute = Silenciar
mic-unmute = Activar el micrófono
trouble-denied =
    { $device ->
        [both] El navegador no puede usar tu cámara ni tu micrófono. Permítelos en la barra de direcciones e inténtalo otra vez, o sigue sin ellos.
        [camera] El navegador no puede usar tu cámara. Permítela en la barra de direcciones e inténtalo otra vez, o sigue sin ella.
       *[microphone] El navegador no puede usar tu micrófono. Permítelo en la barra de direcciones e inténtalo otra vez, o sigue sin él.
    }
trouble-none =
    { $device ->
        [both] No se encontró cámara ni micrófono. Conéctalos e inténtalo otra vez, o sigue sin ellos: aun así ves y oyes a la otra persona.
        [camera] No se encontró ninguna cámara. Conecta una e inténtalo otra vez, o sigue sin ella: aun así ves y oyes a la otra persona.
       *[microphone] No se encontró ningún micrófono. Conecta uno e inténtalo otra vez, o sigue sin él: aun así ves y oyes a la otra persona.
    }
trouble-busy =
    { $device ->
        [both] Otro programa está usando la cámara y el micrófono. Ciérralo e inténtalo otra vez.
        [camera] Otro programa está usando tu cámara. Ciérralo e inténtalo otra vez.
       *[microphone] Otro programa está usando tu micrófono. Ciérralo e inténtalo otra vez.
    }
trouble-again = Intentar de nuevo
trouble-insecure =
    { $device ->
        [both] Los navegadores solo dan la cámara y el micrófono a páginas seguras: abre esta página por https o como localhost.
        [camera] Los navegadores solo dan la cámara a páginas seguras: abre esta página por https o como localhost.
       *[microphone] Los navegadores solo dan el micrófono a páginas seguras: abre esta página por https o como localhost.
    }

## Quién espera

people = Esperando ahora
people-refresh = Mirar otra vez
people-none = No espera nadie más. Sé la primera persona: quien llegue después te conoce a ti.
people-count =
    { $count ->
        [one] { $count } persona a la que puedes preguntar directamente.
       *[other] { $count } personas a las que puedes preguntar directamente.
    }
people-new =
    { $mode ->
        [video] Vídeo, acaba de llegar
       *[text] Texto, acaba de llegar
    }
people-waiting =
    { $mode ->
        [video] Vídeo, espera desde hace { $duration }
       *[text] Texto, espera desde hace { $duration }
    }
people-introduced = de parte de { $by }
people-ask = Preguntar
people-ask-for =
    { $mode ->
        [video] Pedir a { $name } una videollamada
       *[text] Pedir a { $name } una conversación por texto
    }
mirror = Espejo
mirror-badge = espejo
waiting = Buscando a alguien
waiting-listed = Estás en la lista
waiting-video = Vídeo, unos { $minutes } min
waiting-stop = Dejar de buscar
waiting-reconnecting = Reconectando… guardamos tu sitio unos segundos.
queue-hold-expired = La conexión estuvo cortada demasiado tiempo y perdiste tu sitio en la cola.

## Veinte segundos para decir que sí

invite-asking = Preguntando a { $name }
invite-here = { $name } está aquí
invite-asking-what =
    { $mode ->
        [video] por una videollamada de { $duration }
       *[text] por una conversación por texto
    }
invite-what =
    { $mode ->
        [video] quiere una videollamada de { $duration } contigo
       *[text] quiere conversar por texto contigo
    }
invite-announced =
    { $mode ->
        [video] { $name } quiere una videollamada de { $duration } contigo. Tienes { $seconds } segundos. A acepta, D rechaza.
       *[text] { $name } quiere conversar por texto contigo. Tienes { $seconds } segundos. A acepta, D rechaza.
    }
invite-matched =
    { $mode ->
        [video] La cola los junta: una videollamada de { $duration }
       *[text] La cola los junta: una conversación por texto
    }
invite-matched-announced =
    { $mode ->
        [video] La cola te junta con { $name } para una videollamada de { $duration }. Tienes { $seconds } segundos. A acepta, D rechaza.
       *[text] La cola te junta con { $name } para una conversación por texto. Tienes { $seconds } segundos. A acepta, D rechaza.
    }
invite-missed = No respondiste a tiempo a { $name }.
invite-mirror = Esto es un espejo: te ves a ti hasta que venga alguien
invite-accept = Decir que sí
invite-withdraw = Retirarla
invite-waiting = Esperando el sí de { $name }…
invite-peer-accepted = { $name } ya dijo que sí.
invite-declined = { $name } dijo que no esta vez.
invite-cancelled = { $name } cambió de idea.
invite-expired = { $name } no respondió a tiempo.
invite-unavailable = { $name } ya no está.
invite-no-answer = No respondiste, así que ya no estás en la cola.
invite-gone = La invitación ya no existe.

## En la conversación

room = Conversación
room-with = Conversación con { $name }
room-entered =
    { $mode ->
        [video] Estás en una videollamada con { $name }.
       *[text] Estás en una conversación por texto con { $name }.
    }
room-mirror = Esto es un espejo: te ves a ti hasta que venga alguien.
room-muted = en silencio
room-reconnecting = Reconectando con el servidor… la conversación sigue.
room-connecting = Conectándote con { $name }…
room-interrupted = Buscando un camino mejor…
room-camera-off = { $name } tiene la cámara apagada
room-leaving = Colgando…
room-sound = Activar el sonido
room-next = Siguiente
room-hang-up = Colgar
room-away = { $name } se ausentó
room-away-left = { $name } se ausentó, { $seconds } s
room-away-announced = { $name } se ausentó. La conversación espera { $seconds } segundos.
room-back = { $name } ha vuelto.
room-half-minute = Queda medio minuto.
room-ask-video = Pedir vídeo
upgrade-asked = Le pediste vídeo a { $name }.
upgrade-asks = A { $name } le gustaría verte.
upgrade-declined = { $name } prefiere seguir por texto.
upgrade-agree = Activar el vídeo
upgrade-decline = Seguir por texto
hang-up-title = ¿Colgar?
hang-up-text = Si dejas a { $name }, no volverán a coincidir durante un día.
chat = Chat
chat-close = Cerrar el chat
chat-messages = Mensajes
chat-message = Mensaje
chat-placeholder = Di algo
chat-first = Aquí empieza tu conversación con { $name }. Sé amable.
chat-typing = { $name } está escribiendo
chat-sending = Enviando
chat-sent = Enviado
chat-delivered = Entregado
chat-read = Leído
chat-failed = No enviado: { $why }
chat-unseen = { $count } más
torch-mine = La antorcha se consume: di algo
torch-both = La antorcha se consume: digan algo los dos
torch-theirs = { $name } deja que la antorcha se consuma
torch-announced = { $words }. Quedan { $seconds } segundos.
torch-on-hold = { $time }, en pausa
torch-lit = La antorcha arde de nuevo.

## El escenario de una llamada

call-panel = Más: pantalla, imagen, dispositivos
call-panel-close = Cerrar
camera-flip = Cambiar de cámara
speaker = Altavoz
screen-share = Compartir pantalla
screen-stop = Dejar de compartir
screen-shared = Estás compartiendo tu pantalla
screen-theirs = { $name } comparte una pantalla.
screen-theirs-over = { $name } ya no comparte pantalla.
fit-whole = Mostrar toda la imagen
fit-fill = Llenar el marco
picture-in-picture = Imagen en imagen
full-screen = Pantalla completa
full-screen-leave = Salir de la pantalla completa
self-move = Tu imagen. Las flechas o un clic la mueven a otra esquina.
self-move-from =
    { $corner ->
        [top-left] Tu imagen, arriba a la izquierda. Las flechas o un clic la mueven a otra esquina.
        [top-right] Tu imagen, arriba a la derecha. Las flechas o un clic la mueven a otra esquina.
        [bottom-right] Tu imagen, abajo a la derecha. Las flechas o un clic la mueven a otra esquina.
       *[bottom-left] Tu imagen, abajo a la izquierda. Las flechas o un clic la mueven a otra esquina.
    }
self-at =
    { $corner ->
        [top-left] Tu imagen está arriba a la izquierda.
        [top-right] Tu imagen está arriba a la derecha.
        [bottom-right] Tu imagen está abajo a la derecha.
       *[bottom-left] Tu imagen está abajo a la izquierda.
    }
chat-open = Abrir el chat
chat-heard = { $name } escribe: { $text }
quality =
    { $level ->
        [good] Conexión: buena
        [fair] Conexión: regular
       *[weak] Conexión: débil
    }
quality-weak = Tu conexión es débil
quality-better = Tu conexión mejoró.
quality-loss = { $percent } % perdido
quality-delay = { $ms } ms de retraso
quality-frames = { $fps } imágenes por segundo

## Cómo terminó

ended-apart = No volverán a coincidir durante un día.
ended-hangup = { $name } colgó
ended-hangup-text = Eso fue todo con { $name }.
ended-hangup-mine = Colgaste
ended-hangup-mine-text = Gracias por hablar con { $name }.
ended-next = { $name } siguió su camino
ended-next-text = Pasa a veces, y no dice nada de ti.
ended-next-mine = A por la siguiente persona
ended-time-up = Se acabó el tiempo
ended-time-up-text = Tu tiempo con { $name } terminó. Las buenas conversaciones siempre acaban demasiado pronto.
ended-torch = La antorcha se apagó
ended-torch-text = Nadie la mantuvo encendida, y la conversación con { $name } quedó a oscuras.
ended-away = { $name } no volvió
ended-away-mine = Estuviste fuera demasiado tiempo
ended-away-text = Se perdió la conexión y la conversación no podía esperar más.
ended-no-path = No se pudo conectar
ended-no-path-text = No se encontró un camino entre { $name } y tú. No es culpa de nadie. Puede pasar un rato hasta que puedan volver a encontrarse.
ended-reported = Denunciaste a { $name }
ended-reported-text = Gracias. Alguien de moderación lo revisará, y no volverán a encontrarse nunca.
ended-blocked = Bloqueaste a { $name }
ended-blocked-text = Ya no se verán, para siempre.
ended-gone = { $name } se ha ido
ended-gone-text = Esta persona ya no está en Rondo.
ended-other = La conversación terminó
ended-other-text = Mientras no estabas, la conversación con { $name } terminó.
ended-talked = Hablaron { $duration }.
ended-again = Buscar a otra persona
ended-again-text = Buscar otro chat
ended-goes-on = Buscando a otra persona en { $seconds } s
ended-stay = Quedarme aquí
ended-home = Volver al inicio

## Bloquear y denunciar

block = Bloquear
block-or-report = Bloquear o denunciar a { $name }
block-title = ¿Bloquear a { $name }?
block-text = No volverás a coincidir con { $name } y dejarán de verse. Si están conversando, se acaba al momento. { $name } no se entera.
block-done = { $name }: bloqueo hecho
report-and-block = Denunciar y bloquear
report-done = { $name }: denuncia y bloqueo hechos
report-question = ¿Hay algo que denunciar?
report-none = Nada que denunciar: solo bloquear
report-sexual = Conducta sexual o desnudez
report-harassment = Insultos o acoso
report-hate = Odio
report-violence = Amenazas o violencia
report-minor = Parece menor de edad
report-spam = Publicidad o fraude
report-other = Otra cosa
report-details = ¿Qué pasó?
report-hint = Alguien de moderación lee esto y lo que se escribió en la conversación. La imagen no se grabó.

## Presentaciones

introduce = Presentar a alguien a { $name }
introduce-short = Presentar
introduce-text = Da este enlace a quien debería conocer a { $name }. Primero preguntamos a { $name }. Tras un sí, se ven primero, y la cola los empareja en cuanto los dos esperen.
introduce-hint = El enlace vale 90 días y para unas pocas personas al día. { $name } sabrá quién lo creó y quién lo siguió.
introduce-pass-on-title = Conoce a { $name }
introduce-pass-on = Conocí a { $name } en Rondo. Creo que deberían conocerse.
pass-on-link = Enlace
pass-on-copy = Copiar
pass-on-copied = Copiado
pass-on-by-hand = Pulsa Ctrl+C para copiar
pass-on-share = Compartir
letter-title = ¿Conocer a { $name }?
letter-text = { $by } quiere presentarte. Preguntamos a { $name }, que ve tu nombre. Tras un sí, tienen prioridad el uno con el otro.
letter-follow = Preséntenme
notices = Avisos
notices-new = Avisos: { $count } sin leer
notices-none = Nada todavía. Cuando alguien te presente a otra persona, lo leerás aquí.
notice-other = Hay novedades para ti.
notice-question = Alguien piensa que { $name } y tú deberían conocerse.
notice-question-by = { $by } piensa que { $name } y tú deberían conocerse.
notice-ask = ¿Te gustaría?
notice-said-yes = Dijiste que sí.
notice-said-no = Dijiste que no.
notice-missed = No respondiste a tiempo, y nadie se enteró.
notice-introduced = Te presentaron a { $name }. Tienen prioridad el uno con el otro.
notice-introduced-by = { $by } te presentó a { $name }. Tienen prioridad el uno con el otro.
notice-find = Buscar a alguien ahora
question-yes = Sí, con gusto
question-no = No, gracias
question-hint = Si prefieres que no, nadie se entera.
question-hint-by = Si prefieres que no, nadie se entera, y { $by } no puede volver a preguntar.
question-agreed = Qué bien. { $name } y tú tienen ahora prioridad el uno con el otro.
question-guest = tu visita
question-refused = Está bien. Nadie se entera.
question-over = Esta pregunta ya tiene respuesta, o se le pasó el tiempo.

## La cuenta

account = Tú
account-profile = Cómo te ven los demás
profile-save = Guardar
profile-saved = Guardado. Lo ve quien te conozca desde ahora
alerts = Sonidos y avisos
alerts-sounds = Sonidos
alerts-sounds-hint = Con una invitación, un mensaje y el último medio minuto
alerts-notify = Avisos
alerts-notify-hint = De tu navegador, mientras miras otra página
alerts-notify-denied = Tu navegador no debe mostrarlos desde aquí. Permítelos en la barra de direcciones
alerts-notify-none = Este navegador no los tiene para esta página
notify-message = Nuevo mensaje de { $name }
account-completions =
    { $count ->
        [one] { $count } conversación de medio minuto o más
       *[other] { $count } conversaciones de medio minuto o más
    }
account-code = Tu código de invitación
account-earn = Quien entra con un código y tiene { $needed } conversaciones de 30 segundos recibe uno propio, para { $needed } amigos.
account-earn-left =
    { $left ->
        [one] { $left } conversación más de 30 segundos y recibes un código propio, para { $needed } amigos.
       *[other] { $left } conversaciones más de 30 segundos y recibes un código propio, para { $needed } amigos.
    }
account-qr = Tu código de invitación como imagen QR
account-uses = Quedan { $left } de { $uses } usos.
account-uses-none = Los { $uses } usos están gastados: quedan 0.
account-pass-on = Entra con mi código de invitación.
account-past = Conversaciones pasadas
past-none = Ninguna todavía. Aquí aparecen las conversaciones de cinco segundos o más.
past-earlier = Ver anteriores
past-what =
    { $mode ->
        [video] Vídeo, { $duration }, { $since }
       *[text] Texto, { $duration }, { $since }
    }
past-messages =
    { $count ->
        [one] { $count } mensaje
       *[other] { $count } mensajes
    }
own-return = Volver
own-stay = Quedarte
own-devices = Dónde tienes la sesión abierta
own-this-browser = este navegador
own-device = { $browser } en { $system }
own-device-unknown = Dispositivo desconocido
own-data = Tus datos
own-download = Descargar todo
own-download-text = Para que nadie más pueda llevárselo, demuestra que eres tú.
own-download-yes = Descargar
own-delete = Eliminar la cuenta
own-delete-title = ¿Eliminar tu cuenta?
own-delete-text = Tu nombre, tu historial y todo lo que hiciste desaparecen al momento, y nadie puede recuperarlos. En el historial de quienes conociste pondrá «{ $deleted }».
own-delete-yes = Eliminar
own-delete-no = Conservarla
own-id = Tu identificador, para quien administra este servicio: { $id }
own-guest = Estás de visita solo en este navegador. Con un correo y una contraseña puedes volver desde cualquier sitio como la misma persona.
own-keep = Conservar mi cuenta
own-kept = Ya puedes volver con tu correo electrónico
own-letter-sent = Hay un correo en camino
own-letter-again = Enviarlo otra vez
own-letter-again-sent = Hay otro correo en camino; el código anterior ya no vale
own-other-address = Otra dirección
own-address-lost = Otra persona demostró que el correo con el que entras es suyo. Sigues entrando con él y tu contraseña; da una dirección que sea tuya.
own-pending = Enviamos un correo a { $email }. Su código vale un día.
own-verified = verificado
own-not-verified = sin verificar
own-verify = Verificar
own-verify-ask = Verificarlo por correo
own-verify-done = Verificado
own-wrong-login = El correo o la contraseña no es correcto.
own-wrong-password = Esa no es tu contraseña.
own-wrong-email = Escribe un correo electrónico, como { $example }.
own-email-taken = Ese correo ya pertenece a una cuenta.
own-code-old = Este código es demasiado antiguo, o ya se usó.
own-no-letters = Este servicio no envía correos.

## Ayuda

help = Cómo funciona Rondo
help-pairing = Esperas, alguien más espera, y los presentamos. Cada uno tiene 20 segundos para decir que sí. Por texto, mantengan viva la antorcha: quien calla dos minutos deja que se consuma.
help-media = La imagen y el sonido van de navegador a navegador. Si el servidor se reinicia, tu llamada sigue.
help-keys = Teclas
key-accept = aceptar una invitación
key-decline = rechazar una invitación
key-microphone = micrófono encendido o apagado
key-camera = cámara encendida o apagada
key-chat = abrir el chat y escribir
key-share = compartir la pantalla
key-full = pantalla completa
key-next-keys = N, Espacio
key-next = siguiente persona
key-escape = colgar (pregunta antes), cerrar una ventana, dejar de buscar
key-help = esta ayuda
help-single-keys = Las teclas sueltas hacen cosas (Esc siempre)
help-developers = Para desarrolladores: { $link }.
help-contract = el protocolo
help-close = Entendido

## Friends: staying in touch after a call

friends-nav = Amigos y mensajes
friends-nav-new = Amigos y mensajes, { $count } con novedades
friends-loading = Un momento…
touch = Seguir en contacto
touch-hint = { $name } solo se entera si también lo pulsa.
touch-done = Te gustaría seguir en contacto
touch-done-hint = { $name } solo se entera si también quiere. Entonces se encuentran entre sus amigos.
touch-undo = Deshacer
touch-aloud = Preguntar abiertamente a { $name }
touch-aloud-hint = { $name } sabrá que preguntas y leerá lo que escribas.
touch-note = Unas palabras para { $name }
touch-send = Preguntar
touch-asked = Le preguntaste a { $name }
touch-asked-hint = Si dice que sí, se encuentran entre sus amigos. Un no no se comunica.
touch-friends = { $name } y tú ya son amigos
touch-refused = No se le puede preguntar a { $name }.
touch-friends-hint = Llámense y escríbanse cuando quieran.
touch-needs-account = { $name } también quiere. Conserva tu cuenta y serán amigos.
touch-waits = Los dos quieren. En cuanto { $name } tenga una cuenta, serán amigos.
touch-like = Seguir en contacto con { $name }
touch-unlike = Te gustaría seguir en contacto con { $name }. Deshacer

## Friends

friends = Amigos
friends-write-to = Escribir a { $name }

## Calls between friends

call-here = { $name } te llama
call-asking = Llamando a { $name }
call-what = Una videollamada entre amigos
call-announced = { $name } te llama. Tienes { $seconds } segundos. A acepta, D rechaza.
call-accept = Contestar
call-withdraw = Colgar
call-waiting = Está sonando…
call-hang-up-text = La llamada con { $name } termina.

## Messages

messages-by = { $name }: { $text }
messages-picture = Imagen
messages-file = Archivo
messages-deleted = Mensaje borrado
messages-hidden = Mensaje de alguien a quien bloqueaste

## A conversation

talk-former = Alguien que ya no está
talk-call =
    { $outcome ->
        [ended] Videollamada, { $duration }
        [declined] Videollamada, no contestada
        [cancelled] Videollamada, cancelada
        [expired] Videollamada, perdida
       *[other] Videollamada, sin conexión
    }
notice-created =
    { $mine ->
        [by] Creaste este grupo.
       *[other] { $by } creó este grupo.
    }
notice-added =
    { $mine ->
        [by] Añadiste a { $name }.
        [name] { $by } te añadió.
       *[other] { $by } añadió a { $name }.
    }
notice-left = { $name } se fue.
notice-removed =
    { $mine ->
        [by] Quitaste a { $name }.
       *[other] { $by } quitó a { $name }.
    }
notice-renamed =
    { $mine ->
        [by] Llamaste al grupo { $title }.
       *[other] { $by } llamó al grupo { $title }.
    }
notice-owner =
    { $mine ->
        [name] Ahora cuidas del grupo.
       *[other] Ahora { $name } cuida del grupo.
    }
notice-closed = Esta conversación está cerrada.
notice-reopened = Vuelven a ser amigos: esta conversación está abierta.
talk-report-title = ¿Denunciar este mensaje?
talk-report-text = Alguien de moderación lo lee con los mensajes de alrededor y decide. { $name } queda bloqueado y no se entera.
talk-report-hint = También se envían los archivos y las versiones anteriores.
report-question-what = ¿Qué tiene de malo?

## What friends see, notifications and privacy

own-delete-messages = Vaciar también todos los mensajes que escribí, en todas partes
own-delete-erasing = Tu cuenta ya no existe. Tus mensajes se siguen vaciando solos; puede tardar unos minutos.
notice-friend-request = { $name } quiere ser tu amigo.
notice-friend-added = { $name } y tú ya son amigos.
notice-group-added = { $name } te añadió a un grupo.
notice-missed-call = Perdiste una llamada de { $name }.
notice-report-decided = Moderación decidió sobre tu denuncia. Gracias.
notice-ban = Te expulsaron.
notice-ban-lifted = Se levantó tu expulsión.
notice-appeal-answered = Respondieron a tu objeción.
notice-security = Algo cambió en tu forma de entrar. Si no fuiste tú, cambia tu contraseña.
notice-open-friends = A tus amigos
notice-open-messages = A tus mensajes
notify-call = { $name } te está llamando
notify-message-group = Nuevo mensaje en { $name }

## Why something was refused, among friends

refusal-account = Para eso necesitas una cuenta: añade primero un correo y una contraseña.
refusal-limit = No puede haber más.
refusal-closed = Esta conversación está cerrada.
refusal-edit-over = Este mensaje es demasiado antiguo para cambiarlo.
refusal-not-found = Eso ya no existe.
