-- Where somebody signed in from is kept as a network from now on (server/http/address.py, `shortened`). What is there in
-- full goes; a session that is used gets its network back within the hour.
UPDATE sessions SET address = '' WHERE address <> '';
