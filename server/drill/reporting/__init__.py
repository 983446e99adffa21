"""The report of a drill as data, pictures and a page. Imports clients and judgement."""
