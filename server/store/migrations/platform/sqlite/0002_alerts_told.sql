-- When whom an organisation has named was told of an alert. Those that there are were told of in the log.
ALTER TABLE alerts ADD COLUMN told INTEGER;
UPDATE alerts SET told = opened;
CREATE INDEX alerts_untold ON alerts (opened, id) WHERE told IS NULL;
