"""Journeys written out for people and for other tools: as YAML, as a Mermaid flowchart and as BPMN 2.0."""
