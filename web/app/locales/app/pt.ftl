### O que o Rondo diz às pessoas, em português: você, caloroso, breve.

## Em todo lugar

you = Você
the-other = A outra pessoa
deleted-person = Pessoa excluída
cancel = Cancelar
send = Enviar
not-now = Agora não
top-account = Você: código de convite, conversas anteriores
link-lost = A conexão com o servidor caiu. Reconectando.
link-back = Conexão de volta.
offline = Você está sem internet. O Rondo continua sozinho assim que ela voltar.

## Entrar e sair da conta

sign-in = Entrar na conta
sign-in-welcome = Que bom ver você de novo, { $name }
sign-out = Sair
sign-out-title = Sair da conta?
sign-out-permanent = Você pode voltar com { $email } e sua senha.
sign-out-guest = Você é visita: sem e-mail e senha não dá para voltar como a mesma pessoa.
email = E-mail
password = Senha
password-yours = Sua senha
password-now = Senha atual
password-new = Nova senha
password-change = Trocar a senha
password-changed = Trocada. Em todos os outros lugares você saiu da conta
letter-code = Código do e-mail
reset = Esqueceu a senha?
reset-send = Me mandem um e-mail
reset-sent = Se essa conta existir, um e-mail está a caminho
reset-set = Salvar a senha
reset-done = Entre com sua nova senha

## Antes de conhecer gente

connecting = Entrando…
connecting-waiting = O servidor ainda não responde. Tentando de novo.
code-gate-title = Com convite
code-gate = No Rondo se entra com convite
code-gate-text = Você já entrou, mas para conhecer gente precisa do código de alguém que já está aqui. Quem teve quatro conversas tem um para dar.
code-gate-open = Abrir a porta
code-gate-welcome = Boas-vindas. Agora você pode conhecer gente.
age-gate-title = Sua idade
age-gate = Quando você nasceu?
age-gate-text = Aqui as pessoas encontram quem tem mais ou menos a mesma idade. Ninguém que você encontrar vê a data, e ela não pode ser mudada depois.
age-gate-save = Continuar
age-gate-welcome = Obrigado. Agora você pode conhecer gente.

## A conexão está fechada

stopped-taken-over = Você está em outra janela
stopped-taken-over-text = O Rondo está aberto em outro lugar com o seu nome, e aquela janela está com a linha.
stopped-taken-over-action = Usar aqui
stopped-banned = Seu acesso foi bloqueado
stopped-banned-text = Você não pode usar o Rondo.
stopped-signed-out = Você saiu da conta
stopped-signed-out-text = Sua sessão terminou. Entre de novo, leva dez segundos.
stopped-signed-out-action = Entrar de novo
stopped-other = Sem conexão
stopped-other-text = A conversa com o servidor terminou.
stopped-other-action = Conectar
ban-try-again = Tentar de novo
ban-until = Até { $date }.
ban-permanent = Para sempre.
ban-pending = Até alguém da moderação dar uma olhada.
ban-object = É um engano? Você pode contestar uma vez.
ban-objected = Recebemos sua contestação. Alguém da moderação vai ler; volte mais tarde.
ban-decided =
    { $status ->
        [accepted] Sua contestação foi aceita.
        [rejected] Sua contestação foi recusada.
       *[other] Sobre sua contestação: { $status }.
    }

## A entrada

lobby-hello = Olá, { $name }
lobby-find = Encontrar alguém
lobby-camera = Ligar a câmera
lobby-connecting = Conectando ao servidor…
mode = Como você quer conversar?
mode-video = Vídeo
mode-text = Texto
wishes = Preferências
wishes-interests = Falar sobre
wishes-want = Encontrar só
wishes-want-none = nada marcado: todo mundo
wishes-minutes = Duração da chamada
wishes-minutes-hint = A chamada dura o meio-termo do que vocês dois pedem.
wishes-at-once = Começar na hora
wishes-at-once-hint = Sem perguntar antes: vocês conversam assim que alguém aparece
wishes-go-on = Seguir direto
wishes-go-on-hint = De volta à fila quando uma conversa termina
wishes-listed = Só aparecer na lista
wishes-listed-hint = Outros podem chamar você; a fila não forma par
camera = Câmera
camera-on = Ligar a câmera
camera-off = Desligar a câmera
microphone = Microfone
mic-mute = Silenciar
mic-unmute = Ligar o microfone
trouble-denied =
    { $device ->
        [both] O navegador não pode usar sua câmera nem seu microfone. Permita na barra de endereço e tente de novo, ou continue sem eles.
        [camera] O navegador não pode usar sua câmera. Permita na barra de endereço e tente de novo, ou continue sem ela.
       *[microphone] O navegador não pode usar seu microfone. Permita na barra de endereço e tente de novo, ou continue sem ele.
    }
trouble-none =
    { $device ->
        [both] Nem câmera nem microfone encontrados. Conecte e tente de novo, ou continue sem eles: você ainda vê e ouve a outra pessoa.
        [camera] Nenhuma câmera encontrada. Conecte uma e tente de novo, ou continue sem ela: você ainda vê e ouve a outra pessoa.
       *[microphone] Nenhum microfone encontrado. Conecte um e tente de novo, ou continue sem ele: você ainda vê e ouve a outra pessoa.
    }
trouble-busy =
    { $device ->
        [both] Outro programa está usando a câmera e o microfone. Feche-o e tente de novo.
        [camera] Outro programa está usando sua câmera. Feche-o e tente de novo.
       *[microphone] Outro programa está usando seu microfone. Feche-o e tente de novo.
    }
trouble-again = Tentar de novo
trouble-insecure =
    { $device ->
        [both] Navegadores só dão a câmera e o microfone a páginas seguras: abra esta página por https ou como localhost.
        [camera] Navegadores só dão a câmera a páginas seguras: abra esta página por https ou como localhost.
       *[microphone] Navegadores só dão o microfone a páginas seguras: abra esta página por https ou como localhost.
    }

## Quem está esperando

people = Esperando agora
people-refresh = Olhar de novo
people-none = Ninguém mais está esperando. Seja a primeira pessoa: quem chegar depois encontra você.
people-count =
    { $count ->
        [one] { $count } pessoa que você pode chamar direto.
       *[other] { $count } pessoas que você pode chamar direto.
    }
people-new =
    { $mode ->
        [video] Vídeo, acabou de chegar
       *[text] Texto, acabou de chegar
    }
people-waiting =
    { $mode ->
        [video] Vídeo, esperando há { $duration }
       *[text] Texto, esperando há { $duration }
    }
people-introduced = por indicação de { $by }
people-ask = Chamar
people-ask-for =
    { $mode ->
        [video] Chamar { $name } para uma videochamada
       *[text] Chamar { $name } para uma conversa por texto
    }
mirror = Espelho
mirror-badge = espelho
waiting = Procurando alguém
waiting-listed = Você está na lista
waiting-video = Vídeo, cerca de { $minutes } min
waiting-stop = Parar de procurar
waiting-reconnecting = Reconectando… seu lugar fica guardado por alguns segundos.
queue-hold-expired = A conexão ficou fora por tempo demais e seu lugar na fila se foi.

## Vinte segundos para dizer sim

invite-asking = Chamando { $name }
invite-here = { $name } está aqui
invite-asking-what =
    { $mode ->
        [video] para uma videochamada de { $duration }
       *[text] para uma conversa por texto
    }
invite-what =
    { $mode ->
        [video] quer uma videochamada de { $duration } com você
       *[text] quer conversar por texto com você
    }
invite-announced =
    { $mode ->
        [video] { $name } quer uma videochamada de { $duration } com você. Você tem { $seconds } segundos. A aceita, D recusa.
       *[text] { $name } quer conversar por texto com você. Você tem { $seconds } segundos. A aceita, D recusa.
    }
invite-matched =
    { $mode ->
        [video] A fila juntou vocês: uma videochamada de { $duration }
       *[text] A fila juntou vocês: uma conversa por texto
    }
invite-matched-announced =
    { $mode ->
        [video] A fila juntou você e { $name } para uma videochamada de { $duration }. Você tem { $seconds } segundos. A aceita, D recusa.
       *[text] A fila juntou você e { $name } para uma conversa por texto. Você tem { $seconds } segundos. A aceita, D recusa.
    }
invite-missed = Você não respondeu a tempo a { $name }.
invite-mirror = Isto é um espelho: você vê a si até alguém chegar
invite-accept = Dizer sim
invite-withdraw = Desistir
invite-waiting = Esperando o sim de { $name }…
invite-peer-accepted = { $name } já disse sim.
invite-declined = { $name } disse não desta vez.
invite-cancelled = { $name } mudou de ideia.
invite-expired = { $name } não respondeu a tempo.
invite-unavailable = { $name } não está mais aqui.
invite-no-answer = Você não respondeu, então não está mais na fila.
invite-gone = O convite não existe mais.

## Na conversa

room = Conversa
room-with = Conversa com { $name }
room-entered =
    { $mode ->
        [video] Você está em uma videochamada com { $name }.
       *[text] Você está em uma conversa por texto com { $name }.
    }
room-mirror = Isto é um espelho: você vê a si até alguém chegar.
room-muted = sem som
room-reconnecting = Reconectando ao servidor… a conversa continua.
room-connecting = Conectando você e { $name }…
room-interrupted = Procurando um caminho melhor…
room-camera-off = { $name } está com a câmera desligada
room-leaving = Desligando…
room-sound = Ligar o som
room-next = Próxima pessoa
room-hang-up = Desligar
room-away = { $name } deu uma saída
room-away-left = { $name } deu uma saída, { $seconds } s
room-away-announced = { $name } deu uma saída. A conversa espera { $seconds } segundos.
room-back = { $name } voltou.
room-half-minute = Falta meio minuto.
room-ask-video = Pedir vídeo
upgrade-asked = Você pediu vídeo a { $name }.
upgrade-asks = { $name } gostaria de ver você.
upgrade-declined = { $name } prefere continuar por texto.
upgrade-agree = Ligar o vídeo
upgrade-decline = Continuar por texto
hang-up-title = Desligar?
hang-up-text = Se você deixar { $name }, vocês não formam par de novo por um dia.
chat = Chat
chat-close = Fechar o chat
chat-messages = Mensagens
chat-message = Mensagem
chat-placeholder = Diga alguma coisa
chat-first = Aqui começa sua conversa com { $name }. Seja gentil.
chat-typing = { $name } está escrevendo
chat-sending = Enviando
chat-sent = Enviada
chat-delivered = Entregue
chat-read = Lida
chat-failed = Não enviada: { $why }
chat-unseen = mais { $count }
torch-mine = A tocha está se apagando: diga alguma coisa
torch-both = A tocha está se apagando: digam alguma coisa, os dois
torch-theirs = { $name } está deixando a tocha se apagar
torch-announced = { $words }. Faltam { $seconds } segundos.
torch-on-hold = { $time }, em pausa
torch-lit = A tocha está acesa de novo.

## O palco de uma chamada

call-panel = Mais: tela, imagem, aparelhos
call-panel-close = Fechar
camera-flip = Trocar de câmera
speaker = Alto-falante
screen-share = Compartilhar a tela
screen-stop = Parar de compartilhar
screen-shared = Você está compartilhando sua tela
screen-theirs = { $name } está compartilhando uma tela.
screen-theirs-over = { $name } parou de compartilhar a tela.
fit-whole = Mostrar a imagem toda
fit-fill = Preencher o quadro
picture-in-picture = Imagem na imagem
full-screen = Tela cheia
full-screen-leave = Sair da tela cheia
self-move = Sua imagem. As setas ou um clique a levam para outro canto.
self-move-from =
    { $corner ->
        [top-left] Sua imagem, no alto à esquerda. As setas ou um clique a levam para outro canto.
        [top-right] Sua imagem, no alto à direita. As setas ou um clique a levam para outro canto.
        [bottom-right] Sua imagem, embaixo à direita. As setas ou um clique a levam para outro canto.
       *[bottom-left] Sua imagem, embaixo à esquerda. As setas ou um clique a levam para outro canto.
    }
self-at =
    { $corner ->
        [top-left] Sua imagem está no alto à esquerda.
        [top-right] Sua imagem está no alto à direita.
        [bottom-right] Sua imagem está embaixo à direita.
       *[bottom-left] Sua imagem está embaixo à esquerda.
    }
chat-open = Abrir o chat
chat-heard = { $name } escreve: { $text }
quality =
    { $level ->
        [good] Conexão: boa
        [fair] Conexão: média
       *[weak] Conexão: fraca
    }
quality-weak = Sua conexão está fraca
quality-better = Sua conexão melhorou.
quality-loss = { $percent } % perdidos
quality-delay = { $ms } ms de atraso
quality-frames = { $fps } quadros por segundo

## Como terminou

ended-apart = Vocês não formam par de novo por um dia.
ended-hangup = { $name } desligou
ended-hangup-text = Foi isso com { $name }.
ended-hangup-mine = Você desligou
ended-hangup-mine-text = Obrigado por conversar com { $name }.
ended-next = { $name } seguiu em frente
ended-next-text = Acontece, e não diz nada sobre você.
ended-next-mine = Para a próxima pessoa
ended-time-up = O tempo acabou
ended-time-up-text = Seu tempo com { $name } terminou. Boas conversas sempre acabam cedo demais.
ended-torch = A tocha se apagou
ended-torch-text = Ninguém a manteve acesa, e a conversa com { $name } ficou no escuro.
ended-away = { $name } não voltou
ended-away-mine = Você ficou fora por tempo demais
ended-away-text = A conexão caiu e a conversa não pôde esperar mais.
ended-no-path = Não deu para conectar
ended-no-path-text = Não achamos um caminho entre você e { $name }. Não é culpa de ninguém. Pode demorar um pouco até vocês se encontrarem de novo.
ended-reported = Você denunciou { $name }
ended-reported-text = Obrigado. Alguém da moderação vai olhar, e vocês nunca mais se encontram.
ended-blocked = Você bloqueou { $name }
ended-blocked-text = Vocês não se veem mais, para sempre.
ended-gone = { $name } foi embora
ended-gone-text = Esta pessoa não está mais no Rondo.
ended-other = A conversa terminou
ended-other-text = Enquanto você estava fora, a conversa com { $name } terminou.
ended-talked = Vocês conversaram por { $duration }.
ended-again = Encontrar outra pessoa
ended-again-text = Encontrar outro chat
ended-goes-on = Procurando outra pessoa em { $seconds } s
ended-stay = Ficar aqui
ended-home = Voltar ao início

## Bloquear e denunciar

block = Bloquear
block-or-report = Bloquear ou denunciar { $name }
block-title = Bloquear { $name }?
block-text = Você nunca mais forma par com { $name }, e vocês não se veem mais. Se estiverem conversando, acaba na hora. { $name } não fica sabendo.
block-done = Você bloqueou { $name }
report-and-block = Denunciar e bloquear
report-done = Você denunciou e bloqueou { $name }
report-question = Tem algo a denunciar?
report-none = Nada a denunciar: só bloquear
report-sexual = Comportamento sexual ou nudez
report-harassment = Ofensas ou assédio
report-hate = Ódio
report-violence = Ameaças ou violência
report-minor = Parece menor de idade
report-spam = Propaganda ou golpe
report-other = Outra coisa
report-details = O que aconteceu?
report-hint = Alguém da moderação lê isto e o que foi escrito na conversa. A imagem não foi gravada.

## Apresentações

introduce = Apresentar alguém a { $name }
introduce-short = Apresentar
introduce-text = Dê este link a quem deveria conhecer { $name }. Primeiro perguntamos a { $name }. Depois de um sim, os dois se veem primeiro, e a fila forma o par assim que os dois esperarem.
introduce-hint = O link vale por 90 dias e para algumas pessoas por dia. { $name } fica sabendo quem criou e quem seguiu.
introduce-pass-on-title = Conheça { $name }
introduce-pass-on = Conheci { $name } no Rondo. Acho que vocês dois deveriam se conhecer.
pass-on-link = Link
pass-on-copy = Copiar
pass-on-copied = Copiado
pass-on-by-hand = Aperte Ctrl+C para copiar
pass-on-share = Compartilhar
letter-title = Conhecer { $name }?
letter-text = { $by } quer apresentar você. Perguntamos a { $name }, que vê o seu nome. Depois de um sim, vocês têm prioridade um com o outro.
letter-follow = Quero ser apresentado
notices = Avisos
notices-new = Avisos: { $count } por ler
notices-none = Nada ainda. Quando alguém apresentar uma pessoa a você, aparece aqui.
notice-other = Há novidades para você.
notice-question = Alguém acha que você e { $name } deveriam se conhecer.
notice-question-by = { $by } acha que você e { $name } deveriam se conhecer.
notice-ask = Você gostaria?
notice-said-yes = Você disse sim.
notice-said-no = Você disse não.
notice-missed = Você não respondeu a tempo, e ninguém ficou sabendo.
notice-introduced = Apresentaram { $name } a você. Vocês têm prioridade um com o outro.
notice-introduced-by = { $by } apresentou { $name } a você. Vocês têm prioridade um com o outro.
notice-find = Procurar alguém agora
question-yes = Sim, com prazer
question-no = Não, obrigado
question-hint = Se preferir não, ninguém fica sabendo.
question-hint-by = Se preferir não, ninguém fica sabendo, e { $by } não pode perguntar de novo.
question-agreed = Que bom. Você e { $name } agora têm prioridade um com o outro.
question-guest = sua visita
question-refused = Tudo bem. Ninguém fica sabendo.
question-over = Esta pergunta já foi respondida, ou o prazo dela acabou.

## A conta

account = Você
account-profile = Como os outros veem você
profile-save = Salvar
profile-saved = Salvo. Quem encontrar você a partir de agora verá
alerts = Sons e avisos
alerts-sounds = Sons
alerts-sounds-hint = Em um convite, uma mensagem e no último meio minuto
alerts-notify = Avisos
alerts-notify-hint = Do seu navegador, enquanto você vê outra página
alerts-notify-denied = Seu navegador não deve mostrá-los daqui. Permita-os na barra de endereço
alerts-notify-none = Este navegador não os oferece para esta página
notify-message = Nova mensagem de { $name }
account-completions =
    { $count ->
        [one] { $count } conversa de meio minuto ou mais
       *[other] { $count } conversas de meio minuto ou mais
    }
account-code = Seu código de convite
account-earn = Quem entra com um código e tem { $needed } conversas de 30 segundos ganha um código próprio, para { $needed } amigos.
account-earn-left =
    { $left ->
        [one] Mais { $left } conversa de 30 segundos e você ganha um código próprio, para { $needed } amigos.
       *[other] Mais { $left } conversas de 30 segundos e você ganha um código próprio, para { $needed } amigos.
    }
account-qr = Seu código de convite como imagem QR
account-uses = Restam { $left } de { $uses } usos.
account-uses-none = Os { $uses } usos acabaram: restam 0.
account-pass-on = Entre com o meu código de convite.
account-past = Conversas anteriores
past-none = Nenhuma ainda. Aqui aparecem conversas de cinco segundos ou mais.
past-earlier = Mostrar anteriores
past-what =
    { $mode ->
        [video] Vídeo, { $duration }, { $since }
       *[text] Texto, { $duration }, { $since }
    }
past-messages =
    { $count ->
        [one] { $count } mensagem
       *[other] { $count } mensagens
    }
own-return = Voltar
own-stay = Ficar
own-devices = Onde sua conta está aberta
own-this-browser = este navegador
own-device = { $browser } no { $system }
own-device-unknown = Aparelho desconhecido
own-data = Seus dados
own-download = Baixar tudo
own-download-text = Para que mais ninguém possa levar, mostre que é você.
own-download-yes = Baixar
own-delete = Excluir a conta
own-delete-title = Excluir sua conta?
own-delete-text = Seu nome, seu histórico e tudo o que você fez somem na hora, e ninguém pode trazer de volta. No histórico de quem você conheceu fica escrito “{ $deleted }”.
own-delete-yes = Excluir
own-delete-no = Manter
own-id = Seu identificador, para quem cuida deste serviço: { $id }
own-guest = Você é visita só neste navegador. Com e-mail e senha, pode voltar de qualquer lugar como a mesma pessoa.
own-keep = Manter minha conta
own-kept = Agora você pode voltar com seu e-mail
own-letter-sent = Um e-mail está a caminho
own-letter-again = Mandar de novo
own-letter-again-sent = Outro e-mail está a caminho; o código anterior não vale mais
own-other-address = Outro endereço
own-address-lost = Outra pessoa mostrou que o e-mail com que você entra é dela. Você ainda entra com ele e sua senha; informe um endereço seu.
own-pending = Um e-mail foi para { $email }. O código vale por um dia.
own-verified = verificado
own-not-verified = não verificado
own-verify = Verificar
own-verify-ask = Verificar por e-mail
own-verify-done = Verificado
own-wrong-login = E-mail ou senha errados.
own-wrong-password = Esta não é a sua senha.
own-wrong-email = Informe um e-mail, como { $example }.
own-email-taken = Este e-mail já pertence a uma conta.
own-code-old = Este código é antigo demais, ou já foi usado.
own-no-letters = Este serviço não envia e-mails.

## Ajuda

help = Como o Rondo funciona
help-pairing = Você espera, outra pessoa espera, e nós apresentamos vocês. Cada um tem 20 segundos para dizer sim. No texto, mantenham a tocha acesa: quem fica dois minutos em silêncio deixa que ela se apague.
help-media = Imagem e som vão de navegador a navegador. Se o servidor reiniciar, sua chamada continua.
help-keys = Teclas
key-accept = aceitar um convite
key-decline = recusar um convite
key-microphone = microfone ligado ou desligado
key-camera = câmera ligada ou desligada
key-chat = abrir o chat e escrever
key-share = compartilhar a tela
key-full = tela cheia
key-next-keys = N, Espaço
key-next = próxima pessoa
key-escape = desligar (pergunta antes), fechar uma janela, parar de procurar
key-help = esta ajuda
help-single-keys = Teclas sozinhas fazem coisas (Esc sempre)
help-developers = Para desenvolvedores: { $link }.
help-contract = o protocolo
help-close = Entendi

## Friends: staying in touch after a call

friends-nav = Amigos e mensagens
friends-nav-new = Amigos e mensagens, { $count } com novidades
friends-loading = Um momento…
touch = Manter contato
touch-hint = { $name } só fica sabendo se também tocar.
touch-done = Você gostaria de manter contato
touch-done-hint = { $name } só fica sabendo se também quiser. Aí vocês se encontram entre os amigos.
touch-undo = Desfazer
touch-aloud = Perguntar abertamente a { $name }
touch-aloud-hint = { $name } fica sabendo que você pergunta, e lê o que você escreve.
touch-note = Umas palavras para { $name }
touch-send = Perguntar
touch-asked = Você perguntou a { $name }
touch-asked-hint = Se a resposta for sim, vocês se encontram entre os amigos. Um não não é avisado.
touch-friends = Você e { $name } agora são amigos
touch-refused = Não dá para perguntar a { $name }.
touch-friends-hint = Liguem e escrevam quando quiserem.
touch-needs-account = { $name } também quer. Mantenha sua conta, e vocês são amigos.
touch-waits = Vocês dois querem. Assim que { $name } tiver uma conta, vocês são amigos.
touch-like = Manter contato com { $name }
touch-unlike = Você gostaria de manter contato com { $name }. Desfazer

## Friends

friends = Amigos
friends-write-to = Escrever para { $name }

## Calls between friends

call-here = { $name } está ligando
call-asking = Ligando para { $name }
call-what = Uma chamada de vídeo entre amigos
call-announced = { $name } está ligando. Você tem { $seconds } segundos. A aceita, D recusa.
call-accept = Atender
call-withdraw = Desligar
call-waiting = Está chamando…
call-hang-up-text = A chamada com { $name } termina.

## Messages

messages-by = { $name }: { $text }
messages-picture = Imagem
messages-file = Arquivo
messages-deleted = Mensagem apagada
messages-hidden = Mensagem de alguém que você bloqueou

## A conversation

talk-former = Alguém que saiu
talk-call =
    { $outcome ->
        [ended] Chamada de vídeo, { $duration }
        [declined] Chamada de vídeo, não atendida
        [cancelled] Chamada de vídeo, cancelada
        [expired] Chamada de vídeo, perdida
       *[other] Chamada de vídeo, sem conexão
    }
notice-created =
    { $mine ->
        [by] Você criou este grupo.
       *[other] { $by } criou este grupo.
    }
notice-added =
    { $mine ->
        [by] Você adicionou { $name }.
        [name] { $by } adicionou você.
       *[other] { $by } adicionou { $name }.
    }
notice-left = { $name } saiu.
notice-removed =
    { $mine ->
        [by] Você removeu { $name }.
       *[other] { $by } removeu { $name }.
    }
notice-renamed =
    { $mine ->
        [by] Você deu ao grupo o nome { $title }.
       *[other] { $by } deu ao grupo o nome { $title }.
    }
notice-owner =
    { $mine ->
        [name] Você agora cuida do grupo.
       *[other] { $name } agora cuida do grupo.
    }
notice-closed = Esta conversa está fechada.
notice-reopened = Vocês são amigos de novo: esta conversa está aberta.
talk-report-title = Denunciar esta mensagem?
talk-report-text = Alguém da moderação lê a mensagem com as que estão em volta e decide. { $name } fica bloqueado e não é avisado.
talk-report-hint = Os arquivos e as versões anteriores vão junto.
report-question-what = O que há de errado?

## What friends see, notifications and privacy

own-delete-messages = Esvaziar também todas as mensagens que escrevi, em toda parte
own-delete-erasing = Sua conta não existe mais. Suas mensagens continuam sendo esvaziadas; isso pode levar alguns minutos.
notice-friend-request = { $name } gostaria de ser seu amigo.
notice-friend-added = { $name } e você agora são amigos.
notice-group-added = { $name } adicionou você a um grupo.
notice-missed-call = Você perdeu uma chamada de { $name }.
notice-report-decided = A moderação decidiu sobre sua denúncia. Obrigado.
notice-ban = Você foi banido.
notice-ban-lifted = Seu banimento foi retirado.
notice-appeal-answered = Sua contestação foi respondida.
notice-security = Algo mudou em como você entra. Se não foi você, mude sua senha.
notice-open-friends = Para seus amigos
notice-open-messages = Para suas mensagens
notify-call = { $name } está ligando para você
notify-message-group = Nova mensagem em { $name }

## Why something was refused, among friends

refusal-account = Para isso você precisa de uma conta: adicione primeiro um e-mail e uma senha.
refusal-limit = Não pode haver mais.
refusal-closed = Esta conversa está fechada.
refusal-edit-over = Esta mensagem é antiga demais para ser mudada.
refusal-not-found = Isso não existe mais.
