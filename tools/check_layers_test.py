#!/usr/bin/env python3
"""The checkers must be able to fail: small broken trees, each with the offence to report."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_layers  # noqa: E402
import check_style  # noqa: E402
import test_summary  # noqa: E402


class tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = Path(self.folder.name)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def expect(self, checker, name: str, text: str, offence: str) -> None:
        """Exactly one offence of that kind, in that file."""
        self.write(name, text)
        found = checker.offences(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertIn(offence, found[0])
        self.assertTrue(found[0].startswith(name), found[0])

    def expect_none(self, checker, name: str, text: str) -> None:
        self.write(name, text)
        self.assertEqual(checker.offences(self.root), [])


class layers(tree):
    def test_an_upward_arrow_is_reported(self):
        self.expect(check_layers, "emu/base/x.cpp", '#include "emu/nt/enter.hpp"\n',
                    "may not include nt")

    def test_a_sideways_arrow_is_reported(self):
        self.expect(check_layers, "emu/locks/x.cpp", '#include "emu/dispatcher/wait.hpp"\n',
                    "may not include dispatcher")

    def test_an_indented_include_is_seen(self):
        self.expect(check_layers, "emu/sched/x.cpp", '\n#  include "emu/nt/enter.hpp"\n', ":2:")

    def test_verify_sees_views_only(self):
        self.expect_none(check_layers, "emu/verify/x.cpp", '#include "emu/machine/view.hpp"\n')
        self.expect(check_layers, "emu/verify/x.cpp", '#include "emu/machine/thread.hpp"\n',
                    "view.hpp")

    def test_arrows_down_are_silent(self):
        self.expect_none(check_layers, "emu/nt/x.cpp",
                         '#include "emu/nt/enter.hpp"\n#include "emu/locks/view.hpp"\n'
                         '#include "emu/options.hpp"\n#include <vector>\n')

    def test_the_platform_is_the_hosts(self):
        self.expect_none(check_layers, "emu/host/linux/x.cpp", "#include <sys/mman.h>\n")
        self.expect(check_layers, "emu/sched/x.cpp", "#include <sys/mman.h>\n", "emu/host")

    def test_an_exception_that_nobody_needs_is_reported(self):
        self.expect(check_layers, "emu/machine/stop.cpp", "\n", "no longer needed")

    def test_nt_headers_enter_by_one_file(self):
        self.expect_none(check_layers, "emu/base/nt.hpp", "#include <ntifs.h>\n")
        self.expect(check_layers, "emu/locks/x.hpp", "#include <wdm.h>\n", "emu/base/nt.hpp")

    def test_nt_routines_are_defined_in_nt(self):
        text = "VOID NTAPI KeWait(VOID) {}\n"
        self.expect_none(check_layers, "emu/nt/x.cpp", text)
        self.expect(check_layers, "emu/locks/x.cpp", text, "defined in emu/nt")

    def test_public_headers_and_examples_see_no_room(self):
        text = '#include "emu/base/finding.hpp"\n'
        self.expect(check_layers, "include/emu/x.hpp", text, "public")
        (self.root / "include/emu/x.hpp").unlink()
        self.expect(check_layers, "examples/a/x.cpp", text, "public")

    def test_the_nt_headers_are_c(self):
        self.expect_none(check_layers, "include/wdm/x.h",
                         '#include <stdarg.h>\n#include "nt/types.h"\n')
        self.expect(check_layers, "include/wdm/x.h", "#include <stdint.h>\n", "standard header")

    def test_an_unknown_room_is_reported(self):
        self.expect(check_layers, "emu/attic/x.cpp", "\n", "no such room")


class style(tree):
    def test_a_long_line_is_reported(self):
        self.expect_none(check_style, "emu/a.cpp", "x" * 100 + "\n")
        self.expect(check_style, "emu/a.cpp", "\n" + "x" * 101 + "\n", ":2: 101 columns")

    def test_tables_may_be_wide(self):
        self.expect_none(check_style, "emu/base/contracts/push_lock.def", "x" * 200 + "\n")

    def test_a_long_file_is_reported(self):
        self.expect_none(check_style, "tests/a.cpp", "\n" * 500)
        self.expect(check_style, "emu/a.cpp", "\n" * 401, "401 lines")

    def test_a_long_function_is_reported(self):
        body = "    f();\n"
        head = "namespace a {\n\nvoid f() {\n"
        self.expect_none(check_style, "emu/a.cpp", head + body * 58 + "}\n}\n")
        self.expect(check_style, "emu/a.cpp", head + body * 59 + "}\n}\n",
                    ":3: a function of 61 lines")

    def test_a_long_member_function_and_test_case_are_reported(self):
        body = "        if (x) {\n        }\n" * 40
        self.expect(check_style, "emu/a.cpp",
                    "struct s {\n    void f() {\n" + body + "    }\n};\n", ":2:")
        (self.root / "emu/a.cpp").unlink()
        self.expect(check_style, "tests/a.cpp", 'TEST_CASE("a { b") {\n' + body + "}\n", ":1:")

    def test_braces_in_literals_and_long_tables_are_no_functions(self):
        self.expect_none(check_style, "emu/a.cpp",
                         "const char *a = \"f() {\"; // g() {\nchar b = '{';\nint n = 1'000'000;\n"
                         "row t[] = {\n" + "    {f(1), 2},\n" * 80 + "};\n")

    def test_tabs_and_trailing_spaces_are_reported(self):
        self.expect(check_style, "emu/a.cpp", "\tint a;\n", "a tab")
        self.expect(check_style, "emu/a.cpp", "int a; \n", "space at the end")

    def test_empty_names_are_reported(self):
        self.expect(check_style, "emu/lock_manager.cpp", "\n", "name it")
        (self.root / "emu/lock_manager.cpp").unlink()
        self.expect(check_style, "emu/string_utils.hpp", "\n", "name it")

    def test_somebodys_path_is_reported(self):
        self.expect(check_style, "README.md", "see /home" + "/me/x\n", "a path of somebody")


class summary(unittest.TestCase):
    DOCTEST = "[doctest] test cases:  {0} |  {1} passed | {2} failed | 0 skipped\n"

    def count(self, *results):
        keys = ("name", "result", "stdout")
        return test_summary.count([dict(zip(keys, each)) for each in results])

    def test_cases_of_doctest_are_counted_each(self):
        self.assertEqual(self.count(("a", "OK", self.DOCTEST.format(12, 12, 0))), (12, 0))
        self.assertEqual(self.count(("a", "FAIL", self.DOCTEST.format(12, 10, 2))), (10, 2))

    def test_the_last_line_counts(self):
        child = self.DOCTEST.format(5, 4, 1)
        self.assertEqual(self.count(("a", "OK", child + self.DOCTEST.format(2, 2, 0))), (2, 0))

    def test_other_tests_are_counted_as_one(self):
        self.assertEqual(self.count(("a", "OK", ""), ("b", "SKIP", ""), ("c", "FAIL", "")), (1, 1))
        self.assertEqual(self.count(("a", "TIMEOUT", "")), (0, 1))

    def test_a_program_that_dies_after_its_last_case_has_failed(self):
        self.assertEqual(self.count(("a", "FAIL", self.DOCTEST.format(3, 3, 0))), (3, 1))


if __name__ == "__main__":
    unittest.main()
