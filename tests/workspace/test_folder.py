"""A folder is read without following what leads out of it."""

import os

import pytest

from tests.workspace.material import compiled
from xop.workspace import read_folder, starter_files, write_starter


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "space"
    write_starter(target)
    return target


def told(folder):
    return [(each.file, each.line, each.cause, each.remedy) for each in read_folder(folder).problems]


def test_a_folder_gives_its_files_by_relative_path(folder):
    found = read_folder(folder)
    assert found.problems == []
    assert found.files == {path: text for path, text in starter_files().items() if path != "README.md"}


def test_notes_and_hidden_files_are_ignored(folder):
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "NOTES.md").write_text("x")
    (folder / "README").write_text("x")
    (folder / "actions" / ".swap").write_text("x")
    assert told(folder) == []


def test_an_unknown_file_is_a_problem(folder):
    (folder / "purpose.yaml").write_text("")
    ((file, line, cause, remedy),) = told(folder)
    assert (file, line, cause) == ("purpose.yaml", 0, "a workspace has no such file")
    assert "did you mean 'purposes.yaml'?" in remedy


def test_an_unknown_folder_is_one_problem(folder):
    (folder / "action").mkdir()
    for number in range(3):
        (folder / "action" / f"{number}.yaml").write_text("")
    ((file, _, cause, remedy),) = told(folder)
    assert (file, cause) == ("action", "a workspace has no such folder")
    assert "did you mean 'actions'?" in remedy


def test_a_folder_that_is_no_workspace_is_one_problem_that_names_the_workspaces_below_it(folder):
    (folder.parent / "notes.txt").write_text("x")
    (folder.parent / "other").mkdir()
    ((file, line, cause, remedy),) = told(folder.parent)
    assert (file, line, cause) == ("workspace.toml", 0, "this is no workspace: it has no workspace.toml")
    assert remedy == f"did you mean {folder}?"
    assert read_folder(folder.parent).files == {}
    (folder / "workspace.toml").unlink()
    assert [remedy for *_, remedy in told(folder.parent)] == ['add workspace.toml with at least: name = "..."']


def test_the_remedy_of_an_unknown_file_is_made_of_whole_sentences(folder):
    (folder / "zzzz.txt").write_text("")
    ((_, _, _, remedy),) = told(folder)
    assert remedy.startswith("use one of: ")
    assert remedy.endswith(". Begin its name with a dot to have it ignored.")


def test_a_folder_within_a_known_folder_is_a_problem(folder):
    (folder / "actions" / "old").mkdir()
    assert [file for file, *_ in told(folder)] == ["actions/old"]


def test_a_link_that_leaves_the_folder_is_not_read(folder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("purposes: {}")
    (folder / "facts.yaml").symlink_to(secret)
    found = read_folder(folder)
    assert "facts.yaml" not in found.files
    assert [(each.file, each.cause) for each in found.problems] == [
        ("facts.yaml", "the file is a link that leaves the folder")
    ]


def test_a_link_within_the_folder_is_read(folder):
    (folder / "signals").mkdir()
    (folder / "signals" / "more.yaml").symlink_to(folder / "signals.yaml")
    found = read_folder(folder)
    assert found.problems == []
    assert found.files["signals/more.yaml"] == found.files["signals.yaml"]


@pytest.mark.parametrize("target", ["..", "actions", "nowhere"])
def test_a_linked_folder_is_not_entered(folder, target):
    (folder / "signals").symlink_to(folder / target)
    assert [file for file, *_ in told(folder)] == ["signals"]


def test_a_loop_of_links_is_a_problem(folder):
    (folder / "facts.yaml").symlink_to(folder / "facts.yaml")
    assert [file for file, *_ in told(folder)] == ["facts.yaml"]


def test_a_pipe_is_no_file_and_is_not_waited_for(folder):
    os.mkfifo(folder / "facts.yaml")
    assert [(file, cause) for file, _, cause, _ in told(folder)] == [("facts.yaml", "this is no ordinary file")]


def test_a_file_beyond_the_limit_is_a_problem(folder):
    (folder / "facts.yaml").write_bytes(b"#" * 1_048_577)
    assert [(file, cause) for file, _, cause, _ in told(folder)] == [
        ("facts.yaml", "the file is longer than 1048576 bytes")
    ]


def test_a_folder_that_is_not_there_is_a_problem(tmp_path):
    ((_, _, cause, remedy),) = told(tmp_path / "nowhere")
    assert cause == "there is no such folder"
    assert remedy == "name a workspace folder"


def test_the_starter_compiles_as_written(folder):
    release = compiled(read_folder(folder).files)
    assert release.name == "starter"


def test_the_starter_is_written_in_order(tmp_path):
    written = write_starter(tmp_path / "new")
    assert [path.relative_to(tmp_path / "new").as_posix() for path in written] == sorted(starter_files())


def test_the_starter_overwrites_nothing(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        write_starter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
