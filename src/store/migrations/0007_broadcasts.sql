-- Broadcasts, complete: who exactly, until when, stopped and resumed, again and again, tried on a few first.

-- The rows of a message that were not to be sent after all, for the ledger's pages and for resuming. A mail that is simply
-- sent never comes into it; sent rows are walked by (message, reader), which is there anyway.
create index deliveries_left_out on deliveries (message_id, state, id) where state in ('suppressed', 'cancelled');
