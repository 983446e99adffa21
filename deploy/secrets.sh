#!/bin/sh
# Create the secrets of an installation in the folder $1, one file each; existing ones are kept.
# compose.yaml runs this at the first start. By hand: sh deploy/secrets.sh FOLDER
set -eu
cd "${1:?usage: secrets.sh FOLDER}"

# The services run as different users, so the files are readable by all; the permissions of the folder protect them.
umask 0222

make() { # NAME TEXT: atomic, never overwrites an existing file
	test -s "$1" && return
	printf '%s\n' "$2" >"$1.new.$$"
	mv "$1.new.$$" "$1"
	echo "made $1"
}

random() { # 32 bytes in hexadecimal: safe in URLs, configuration files and base64
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

make rondo_secret "$(random)"
make turn_secret "$(random)"
make grafana_password "$(random)"
make postgres_password "$(random)"
make redis_password "$(random)"
make database_url "postgresql://rondo:$(cat postgres_password)@postgres:5432/rondo"
make redis_url "redis://:$(cat redis_password)@redis:6379/0"
# The data of Redis is not durable: see docs/decisions/0001-two-stores-one-rulebook.md.
make redis.conf "requirepass $(cat redis_password)
appendonly no
save \"\"
maxmemory 512mb
maxmemory-policy noeviction"
