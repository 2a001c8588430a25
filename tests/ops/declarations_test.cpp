// The operations that the headers declare and the rows of the table name each other.
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "tests/ops/cases.hpp"
#include "tools/declared.hpp"

namespace {

using namespace attune::tests;
using attune::tools::Declared;

BOOST_AUTO_TEST_SUITE(declarations)

// But for those of other operations' making and <attune/tensor.hpp>, which makes tensors of memory.
BOOST_AUTO_TEST_CASE(every_operation_has_a_row) {
  std::set<std::string> declared, rows;
  for (const Case& row : cases()) rows.insert(row.operation());
  for (const Declared& row : attune::tools::declared_operations()) {
    declared.insert(row.name);
    if (row.alias || row.family == std::string("tensor")) continue;
    BOOST_TEST(rows.contains(row.name),
               "operation " << row.name << " has no row in tests/ops/cases_*.cpp");
  }
  for (const char* name : {"add", "split", "var_mean", "add_", "allclose", "from_blob", "take"}) {
    BOOST_TEST(declared.contains(name), name);
  }
  for (const std::string& name : rows) {
    BOOST_TEST(declared.contains(name), "row " << name << " names no declared operation");
  }
}

// As "attune list operations" shows them: one that has none would get a neighbour's.
BOOST_AUTO_TEST_CASE(every_declaration_says_what_is_its_own) {
  for (const auto rows : {attune::tools::declared_operations(), attune::tools::declared_layers()}) {
    std::set<std::string> names, summaries;
    for (const Declared& row : rows) {
      BOOST_TEST(names.insert(row.name).second, row.name);
      BOOST_TEST(summaries.insert(row.summary).second, row.name << ": " << row.summary);
    }
    BOOST_TEST(!summaries.contains(""));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
