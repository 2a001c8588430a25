// Every row on every instruction set of this machine and in the general case
// (ATTUNE_KERNELS=xtensor). The choice is made once per process: this program runs itself, and the
// child writes its values to a file.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <unistd.h>

#include "core/elementwise.hpp"
#include "core/kernels.hpp"
#include "tests/ops/check.hpp"

namespace {

using namespace attune;
using namespace attune::tests;

constexpr const char* output_variable = "ATTUNE_TEST_OUTPUT";

// Value, then derivatives, of a row in f64 and f32.
std::vector<Tensor> outcome(const Case& row) {
  std::vector<Tensor> x = draw_all(row), narrow;
  for (Tensor& operand : x) {
    narrow.push_back(operand.dtype() == f64 ? operand.to(f32) : operand);
    if (operand.dtype() == f64 && row.traits.orders > 0) operand.set_requires_grad();
  }
  std::vector<Tensor> results{row(x), row(narrow)};
  if (row.traits.orders < 1) return results;
  for (const Tensor& derivative : derivatives(row, x)) {
    if (derivative.defined()) results.push_back(derivative);
  }
  return results;
}

void write_all(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  for (const Case& row : cases()) {
    for (const Tensor& result : outcome(row)) {
      const std::vector<double> elements = reals(result);
      file.write(reinterpret_cast<const char*>(elements.data()),
                 static_cast<std::streamsize>(elements.size() * sizeof(double)));
    }
  }
}

void compare_with(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  for (const Case& row : cases()) {
    BOOST_TEST_CONTEXT(row.family << ' ' << row.name) {
      int index = 0;
      for (const Tensor& result : outcome(row)) {
        std::vector<double> elements(static_cast<std::size_t>(result.numel()));
        file.read(reinterpret_cast<char*>(elements.data()),
                  static_cast<std::streamsize>(elements.size() * sizeof(double)));
        BOOST_TEST_REQUIRE(file.good());
        const double bound = index++ == 1 ? row.traits.f32_tolerance : row.traits.f64_tolerance;
        BOOST_TEST(distance(result, tensor(elements, result.shape())) <= bound,
                   "result " << index - 1);
      }
    }
  }
}

void run_child_and_compare(const std::string& setting) {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  const std::filesystem::path program = std::filesystem::absolute(suite.argv[0]);
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     fmt::format("attune_machines_{}_{}", setting, ::getpid());
  const std::string command = "env " + setting + " " + output_variable + "='" + file.string() +
                              "' '" + program.string() +
                              "' --report_level=no --run_test=machines/child";
  BOOST_TEST_CONTEXT(command) {
    BOOST_TEST(std::system((command + " > /dev/null").c_str()) == 0);
    compare_with(file.string());
  }
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_SUITE(machines)

BOOST_AUTO_TEST_CASE(child) {
  if (const char* const path = std::getenv(output_variable)) {
    write_all(path);
    BOOST_TEST(std::ifstream(path).good());
  }
}

BOOST_AUTO_TEST_CASE(instruction_sets_agree) {
  for (const std::string& isa : internal::available_isas()) {
    if (isa != internal::kernels().isa) run_child_and_compare("ATTUNE_ISA=" + isa);
  }
}

BOOST_AUTO_TEST_CASE(own_kernels_agree_with_xtensor) {
  run_child_and_compare(internal::own_kernels() ? "ATTUNE_KERNELS=xtensor" : "ATTUNE_KERNELS=own");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
