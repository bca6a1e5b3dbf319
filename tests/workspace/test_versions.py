"""Versions are numbers that every reader of the log can hold."""

import pytest

from tests.kit.harbour import FOLDER
from xop.assembly import WorkspaceRefused, compiled, workspace_files


def test_a_version_that_no_leaf_can_hold_is_refused_before_it_rules():
    files = workspace_files(FOLDER)
    text = files["actions/issue_credit.yaml"].decode()
    assert "version: 1\n" in text
    largest = {**files, "actions/issue_credit.yaml": text.replace("version: 1\n", f"version: {2**53 - 1}\n").encode()}
    assert compiled(largest).actions["issue_credit"].action.version == 2**53 - 1
    larger = {**files, "actions/issue_credit.yaml": text.replace("version: 1\n", f"version: {2**53}\n").encode()}
    with pytest.raises(WorkspaceRefused) as refused:
        compiled(larger)
    assert [each.file for each in refused.value.problems] == ["actions/issue_credit.yaml"]
