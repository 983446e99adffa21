"""The report of a drill as data, charts and a page. Imports clients and judgement."""
