// The functions declared in include/attune/ops/ and the rows of the table name each other.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/ops/cases.hpp"
#include "tests/paths.hpp"

namespace {

using namespace attune::tests;

// Names of exported functions: "ATTUNE_API <type> name(".
std::set<std::string> declared_functions() {
  const std::regex declaration(R"(ATTUNE_API\s+[\w:<>,]+(?:\s+[\w:<>,]+)*?[ &]+(\w+)\()");
  std::set<std::string> names;
  const auto folder = std::filesystem::path(source_folder) / "include" / "attune" / "ops";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string header = text.str();
    for (std::sregex_iterator found(header.begin(), header.end(), declaration), end; found != end;
         ++found) {
      names.insert((*found)[1]);
    }
  }
  return names;
}

BOOST_AUTO_TEST_SUITE(declarations)

BOOST_AUTO_TEST_CASE(every_operation_has_a_row) {
  const std::set<std::string> declared = declared_functions();
  BOOST_TEST(declared.contains("add"));
  std::set<std::string> rows;
  for (const Case& row : cases()) rows.insert(row.operation());
  for (const std::string& name : declared) {
    BOOST_TEST(rows.contains(name), "operation " << name << " has no row in tests/ops/cases_*.cpp");
  }
  for (const std::string& name : rows) {
    BOOST_TEST(declared.contains(name), "row " << name << " names no declared operation");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
