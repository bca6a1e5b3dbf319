"""The agents of the recorded dialogues: each is in a register of AI systems, and every field has its data class."""

from pathlib import Path

import pytest

from xop.assembly import compiled, workspace_files
from xop.kernel.base.days import begin_of
from xop.workspace.privacy import privacy_notes
from xop.workspace.systems import register_notes

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("name", ["tau2_airline", "tau2_retail", "tau2_telecom"])
def test_the_agent_meets_its_duties_and_no_field_is_left_without_a_class(name: str):
    files = workspace_files(EXAMPLES / name / "workspace")
    release = compiled(files)
    assert release.register is not None
    assert release.register.governing(["agent:agent"]) == ("service_agent",)
    assert register_notes(files, release, begin_of("2027-12-31")) == []
    assert privacy_notes(release) == []
