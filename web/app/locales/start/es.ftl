### Lo que Rondo dice a la gente, en español: de tú, cálido, breve.

## En todas partes

just-now = ahora mismo
close = Cerrar
optional = opcional
dialog-stay = Quedarme
top-brand = Rondo, página de inicio
top-you = Tú
top-help = Ayuda y atajos
language = Idioma

## La primera página y la entrada

landing = Conoce a alguien que nunca habrías conocido.
landing-lead = Rondo junta a dos desconocidos, de dos en dos. Los dos dicen que sí, hablan y siguen su camino. Sin perfil que pulir, sin correo, sin muro de novedades.
landing-direct = El vídeo va directo de una persona a la otra
landing-once = Nadie se cruza dos veces con la misma persona en un día
landing-leave = Vete o bloquea con una sola tecla
landing-here = Unas { $count } personas aquí ahora
sign-up-title = ¿Quién eres hoy?
sign-up = Entrar
sign-up-adult = Tengo { $age } años o más
sign-up-have-account = Tengo una cuenta
sign-up-hint = Tienes siete días de visita en este navegador. Sé amable: pueden denunciarte.
name = Nombre
interests = Intereses
interests-placeholder = música, cocina, ajedrez
interests-hint = Primero conoces a quien comparte alguno.
gender = Género
gender-unspecified = Prefiero no decirlo
gender-female = Mujer
gender-male = Hombre
gender-nonbinary = No binario
invite-code = Código de invitación
invite-code-later = también puedes añadirlo después
invite-code-wrong = Este código de invitación no es nuestro, o ya se usó todas las veces.
birth-date = Fecha de nacimiento
birth-date-wrong = Eres demasiado joven para este servicio, o esa no es una fecha de nacimiento.
gate-working = Está llegando mucha gente desde donde estás. Tu navegador hace un pequeño cálculo para que la puerta siga abierta a las personas y no a los robots. Un momento…
gate-not-loaded = La comprobación no se cargó. Inténtalo otra vez.

## Presentaciones

letter = A { $by } le gustaría que conocieras a { $name }
letter-hint = Entra y preguntaremos a { $name }. Tras un sí, se verán primero, y la cola los empareja en cuanto los dos esperen.
letter-followed = Avisamos a { $name }. Tras un sí, tienen prioridad el uno con el otro.

## Por qué no se pudo

refusal-unavailable = Esta persona ya no está disponible.
refusal-cooldown = Se encontraron o se perdieron hace poco. Inténtalo mañana.
refusal-fast = Eso fue un poco rápido. Inténtalo de nuevo en { $duration }.
refusal-access = Necesitas un código de invitación para conocer gente aquí.
refusal-birth-date = Dinos primero cuándo naciste.
refusal-gate = Está llegando demasiada gente desde donde estás. Inténtalo en unos minutos.
refusal-banned = No puedes usar Rondo por ahora.
refusal-offline = No se puede llegar al servidor. Inténtalo en un momento.
refusal-invite-gone = Esta invitación ya terminó.
refusal-signed-out = Tu sesión está cerrada.
refusal-other = No funcionó.
