-- Who was unsure once stays so for good: whatever keeps its mail from being sent (again) later, it may have arrived.
-- An unsure row with done_at is one that nothing more is tried for: the reader left, or the owner stopped it.
alter table deliveries add column may_have_arrived integer not null default 0;
-- The second condition names the index as it was made.
update deliveries set may_have_arrived = 1 where state = 'unsure' and state in ('sending', 'unsure');
update deliveries set may_have_arrived = 1 where state in ('queued', 'deferred') and is_retry_of_unsure = 1;
