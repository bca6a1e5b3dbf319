"""The ground every kernel domain stands on: ids, time spans, refusals and values with a source."""
