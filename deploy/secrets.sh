#!/bin/sh
# Make the secrets of an installation in the folder $1, each in a file of its own; what is there stays as it is.
# compose.yaml runs this at the first start. By hand: sh deploy/secrets.sh FOLDER
set -eu
cd "${1:?usage: secrets.sh FOLDER}"

# The services run as users of their own, so all may read; who may look into the folder is what protects it.
umask 0222

make() { # NAME TEXT: whole or not at all, and never over one that is there
	test -s "$1" && return
	printf '%s\n' "$2" >"$1.new.$$"
	mv "$1.new.$$" "$1"
	echo "made $1"
}

random() { # 32 bytes in hexadecimal: safe in URLs, configuration files and base64 alike
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

make rondo_secret "$(random)"
make turn_secret "$(random)"
make grafana_password "$(random)"
make postgres_password "$(random)"
make redis_password "$(random)"
make database_url "postgresql://rondo:$(cat postgres_password)@postgres:5432/rondo"
make redis_url "redis://:$(cat redis_password)@redis:6379/0"
# Nothing that Redis holds has to survive it: see docs/decisions/0001-two-stores-one-rulebook.md.
make redis.conf "requirepass $(cat redis_password)
appendonly no
save \"\"
maxmemory 512mb
maxmemory-policy noeviction"
