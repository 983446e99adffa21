### O que o Rondo diz às pessoas, em português: você, caloroso, breve.

## Em todo lugar

just-now = agora mesmo
close = Fechar
optional = opcional
dialog-stay = Ficar
top-brand = Rondo, página inicial
top-you = Você
top-help = Ajuda e atalhos
language = Idioma

## A primeira página e a entrada

landing = Conheça alguém que você nunca teria conhecido.
landing-lead = O Rondo junta dois desconhecidos, um par de cada vez. Os dois dizem sim, conversam e seguem em frente. Sem perfil para caprichar, sem e-mail, sem feed.
landing-direct = O vídeo vai direto entre vocês dois
landing-once = Ninguém encontra a mesma pessoa duas vezes no dia
landing-leave = Saia ou bloqueie com uma tecla
landing-here = Cerca de { $count } pessoas aqui agora
sign-up-title = Quem é você hoje?
sign-up = Entrar
sign-up-adult = Tenho { $age } anos ou mais
sign-up-have-account = Já tenho conta
sign-up-hint = Você é visita por sete dias neste navegador. Seja gentil: as pessoas podem denunciar você.
name = Nome
interests = Interesses
interests-placeholder = música, cozinha, xadrez
interests-hint = Você encontra primeiro quem tem algum em comum.
gender = Gênero
gender-unspecified = Prefiro não dizer
gender-female = Mulher
gender-male = Homem
gender-nonbinary = Não binário
invite-code = Código de convite
invite-code-later = dá para colocar depois
invite-code-wrong = Este código de convite não é nosso, ou já foi todo usado.
birth-date = Data de nascimento
birth-date-wrong = Você é jovem demais para este serviço, ou isso não é uma data de nascimento.
gate-working = Tem muita gente chegando de onde você está. Seu navegador está fazendo uma continha, para a porta ficar aberta para pessoas e não para robôs. Um momento…
gate-not-loaded = A verificação não carregou. Tente de novo.

## Apresentações

letter = { $by } gostaria que você conhecesse { $name }
letter-hint = Entre, e perguntamos a { $name }. Depois de um sim, vocês se veem primeiro, e a fila forma o par assim que os dois esperarem.
letter-followed = Avisamos { $name }. Depois de um sim, vocês têm prioridade um com o outro.

## Por que não deu

refusal-unavailable = Esta pessoa não está mais disponível.
refusal-cooldown = Vocês se encontraram ou se desencontraram há pouco. Tente amanhã.
refusal-fast = Foi um pouco rápido. Tente de novo em { $duration }.
refusal-access = Você precisa de um código de convite para conhecer gente aqui.
refusal-birth-date = Diga primeiro quando você nasceu.
refusal-gate = Tem gente demais chegando de onde você está. Tente de novo em alguns minutos.
refusal-banned = Você não pode usar o Rondo no momento.
refusal-offline = Não dá para falar com o servidor agora. Tente de novo em instantes.
refusal-invite-gone = Este convite acabou.
refusal-signed-out = Você saiu da conta.
refusal-other = Não deu certo.
