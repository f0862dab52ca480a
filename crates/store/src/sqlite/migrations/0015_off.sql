-- Which webhooks are off is asked when the next delivery of a lane is made ready: one that is off holds up no other in the same lanes.
CREATE INDEX webhook_off ON webhook (id) WHERE is_on = 0;
