"""Who is paired with whom, and for how long: the facade `Matchmaker` over services, ports and pure rules."""
