-- The latest moment that is known to have come, for the key's end: a clock that is put back revives nothing.

create table activation_seen (
  id integer primary key check (id = 1),
  token_issued_at integer not null,         -- of the token that it was noted for; another token begins anew
  newest integer not null,
  leap_from integer,                        -- a clock that leapt ahead and is not believed yet
  leap_last integer
) strict;
