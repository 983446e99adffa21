## Friends

friends-none = Ainda não há ninguém aqui
friends-none-text = Depois de uma conversa, toque no coração. Se os dois tocarem, vocês se encontram aqui.
friends-count =
    { $count ->
        [one] { $count } amigo
       *[other] { $count } amigos
    }
friends-requests = Gostariam de ser seus amigos
friends-sent = Você perguntou
friends-sent-quiet = em silêncio: eles não sabem
friends-accept = Sim, com prazer
friends-decline = Não, obrigado
friends-decline-hint = Um não não é avisado.
friends-accepted = Você e { $name } agora são amigos.
friends-declined = Tudo bem. { $name } não fica sabendo.
friends-withdraw-from = Retirar o que você perguntou a { $name }
friends-more = Mostrar mais
friends-guest = Você é visitante
friends-guest-text = Você pode tocar no coração e receber pedidos. Para ter amigos, escrever e ligar, você precisa de uma conta: um e-mail e uma senha, nada mais.
friends-presence =
    { $presence ->
        [online] aqui agora
        [in_call] em uma chamada
       *[offline] não está aqui
    }
friends-since = Amigos desde { $date }
friends-nickname = O nome que você dá
friends-note = Sua nota
friends-private = Só você vê o nome e a nota.
friends-save = Salvar
friends-saved = Salvo
friends-write = Escrever
friends-call = Ligar
friends-call-to = Ligar para { $name }
friends-end = Encerrar a amizade
friends-end-title = Deixar de ser amigo de { $name }?
friends-end-text = Vocês não poderão mais escrever nem ligar; o que foi escrito continua legível. { $name } não fica sabendo.
friends-ended = Você e { $name } não são mais amigos.

## Messages

messages = Mensagens
messages-none = Ainda não há mensagens
messages-none-text = Escreva para um amigo ou crie um grupo de amigos.
messages-choose = Escolha uma conversa ou escreva para um amigo.
messages-search = Buscar nas suas mensagens
messages-found =
    { $count ->
        [0] Nada encontrado
        [one] { $count } mensagem encontrada
       *[other] { $count } mensagens encontradas
    }
messages-search-short = Escreva ao menos uma palavra inteira.
messages-you = Você: { $text }
messages-unread = { $count } não lidas
messages-mentioned = mencionam você
messages-muted = silenciada
messages-back = Todas as mensagens

## A conversation

talk = Conversa com { $name }
talk-about = Sobre esta conversa
talk-search = Buscar nesta conversa
talk-mention = De quem você fala?
talk-first = Aqui começa sua conversa com { $name }.
talk-first-group = Aqui começa { $name }. Todos no grupo leem o que você escreve.
talk-earlier = Mostrar mensagens anteriores
talk-later = Mostrar mensagens posteriores
talk-newest = Para as mais novas
talk-new = Novo
talk-placeholder = Escreva algo
talk-closed = Você pode ler isto, mas não escrever mais aqui.
talk-typing =
    { $count ->
        [one] { $name } está escrevendo
       *[other] { $name } e outros estão escrevendo
    }
talk-edited = editada
talk-read-by = Lida por { $names }
talk-reply = Responder
talk-replying = Você responde a { $name }
talk-quote-gone = uma mensagem anterior
talk-edit = Editar
talk-editing = Você edita sua mensagem
talk-delete = Apagar
talk-delete-title = Apagar esta mensagem?
talk-delete-text = O texto, os arquivos e as reações somem para todos, na hora.
talk-copy = Copiar o texto
talk-copied = Copiado
talk-report = Denunciar
talk-menu = O que fazer com a mensagem: { $text }
talk-react = Reagir
talk-reaction = Adicionar { $emoji }
talk-reaction-other = Outro emoji
talk-reactions =
    { $count ->
        [one] { $emoji }, { $count } pessoa
       *[other] { $emoji }, { $count } pessoas
    }
talk-reactions-mine =
    { $count ->
        [one] { $emoji }, você. Toque para tirar
       *[other] { $emoji }, { $count } pessoas, você também. Toque para tirar o seu
    }
talk-retry = Não enviada: { $why } Tentar de novo
talk-drop = Não enviar

## Files in a conversation

file-add = Adicionar imagens ou arquivos
file-uploading = { $name }: { $percent } %
file-checking = Verificando { $name }…
file-ready = { $name } está pronto
file-remove = Tirar { $name }
file-open = Abrir a imagem { $name }
file-load = Abrir { $name }, { $size }
file-not-yours = { $name }, { $size }. Só os amigos de quem enviou podem abrir.
file-gone = Este arquivo não pode mais ser aberto.
file-wrong-type = { $name } não vai: imagens (JPEG, PNG, WebP, GIF), PDF e texto simples, nada mais.
file-wrong-picture = { $name } não vai: só imagens (JPEG, PNG, WebP, GIF).
file-too-large = { $name } é grande demais: no máximo { $max }.
file-too-many = Até { $max } arquivos por mensagem.
file-broken = { $name } não vai: está danificado, ou não é o que o nome diz.
file-full = Não há mais espaço para { $name }: seus arquivos juntos são grandes demais, por hoje ou no total.
file-empty = { $name } está vazio.
file-off = Este serviço não aceita arquivos.
file-failed = { $name } não chegou.

## Groups

group-new = Novo grupo
group-name = Nome do grupo
group-who = Quem está nele
group-who-hint = Você pode adicionar seus amigos, até { $max } pessoas ao todo.
group-no-friends = Um grupo se faz de amigos: você ainda não tem.
group-create = Criar o grupo
group-about = Sobre { $name }
group-members =
    { $count ->
        [one] { $count } pessoa
       *[other] { $count } pessoas
    }
group-owner = cuida do grupo
group-you = { $name } (você)
group-add = Adicionar um amigo
group-add-yes = Adicionar
group-remove = Remover { $name }
group-remove-title = Remover { $name }?
group-remove-text = { $name } pode ler o que foi escrito até agora, e não pode voltar por um dia.
group-rename = Mudar o nome
group-leave = Sair do grupo
group-leave-title = Sair de { $name }?
group-leave-text = Podem adicionar você de novo depois de um dia. Se você cuida do grupo, quem está há mais tempo passa a cuidar.
group-full = Um grupo tem no máximo { $max } pessoas.
group-not-yet = { $name } saiu ou foi removido há pouco, e pode voltar { $when }.
talk-notify = Avisar-me
talk-notify-all = de cada mensagem
talk-notify-mentions = quando me mencionam
talk-notify-none = de nada

## What friends see, notifications and privacy

shown = O que seus amigos veem de você
shown-avatar = Sua imagem
shown-avatar-add = Escolher uma imagem
shown-avatar-remove = Tirar a imagem
shown-avatar-saved = Seus amigos agora veem a nova imagem
shown-bio = Sobre você
shown-bio-hint = Só seus amigos veem.
shown-status = Status
shown-status-placeholder = O que você está fazendo?
shown-until = Até
shown-until-always = que eu mude
shown-until-hour = daqui a uma hora
shown-until-today = hoje à noite
shown-until-week = daqui a uma semana
privacy = Amigos e privacidade
privacy-presence = Meus amigos veem quando estou aqui
privacy-presence-hint = Se não, você também não vê onde eles estão
privacy-receipts = Meus amigos veem o que eu li
privacy-receipts-hint = Se não, você também não vê o que eles leram
privacy-requests = Quem me conheceu pode pedir amizade
privacy-requests-hint = Se não, ninguém pode pedir
privacy-saved = Salvo
kinds = Avisar-me de
kinds-live = Aqui
kinds-email = Por e-mail
kinds-email-unverified = E-mails só vão para um endereço verificado.
kinds-for-live = { $kind }: aqui
kinds-for-email = { $kind }: por e-mail
kinds-always = sempre
kind-friend-request = Pedidos de amizade
kind-friend-added = Novos amigos
kind-group-added = Grupos em que me adicionam
kind-introduction = Apresentações
kind-introduction-request = Perguntas sobre apresentações
kind-missed-call = Chamadas perdidas
kind-message = Mensagens
kind-mention = Menções
kind-report-decided = O que houve com minhas denúncias
kind-ban = Banimentos
kind-ban-lifted = Banimentos retirados
kind-appeal-answered = Respostas a contestações
kind-security = Segurança da conta

## Why something was refused, among friends

refusal-call = Não dá para ligar para { $name } agora.
