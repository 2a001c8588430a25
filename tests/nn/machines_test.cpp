// Every initializer on every instruction set of this machine and on the general kernels: the same
// bits, whichever the process chose. The choice is made once per process, so this program runs
// itself, and the child writes what it computes to a file.
#include <algorithm>
#include <attune/initialize.hpp>
#include <attune/model.hpp>
#include <attune/nn/conv.hpp>
#include <attune/nn/linear.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include "core/elementwise.hpp"
#include "core/kernels.hpp"

namespace {

using namespace attune;

constexpr const char* output_variable = "ATTUNE_TEST_OUTPUT";

// Sizes that are no multiples of a vector register, wide and tall.
struct Net {
  nn::Linear wide{67, 35}, tall{13, 101};
  nn::Conv2d convolution{.in = 3, .out = 11, .kernel = 3};
  nn::Embedding table{19, 23};
};

// A line an initializer of the tree: its name and the digests in f32 and f64.
std::string digests() {
  std::string lines;
  for (const std::string& name : initializers()) {
    if (initializer_info(name).origin != "attune") continue;
    lines += name;
    for (const DType dtype : {f32, f64}) {
      Net net;
      to(net, dtype);
      initialize(params(net), name, {.seed = 5});
      lines += ' ' + weights_digest(net);
    }
    lines += '\n';
  }
  return lines;
}

std::string digests_of_a_child(const std::string& setting) {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  const std::filesystem::path program = std::filesystem::absolute(suite.argv[0]);
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("attune_nn_" + setting + '_' + std::to_string(::getpid()));
  const std::string command = "env " + setting + ' ' + output_variable + "='" + file.string() +
                              "' '" + program.string() +
                              "' --report_level=no --run_test=nn_machines/child > /dev/null";
  BOOST_TEST(std::system(command.c_str()) == 0, command);
  std::ifstream stream(file);
  const std::string lines{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(file);
  return lines;
}

BOOST_AUTO_TEST_SUITE(nn_machines)

BOOST_AUTO_TEST_CASE(child) {
  if (const char* const path = std::getenv(output_variable)) {
    std::ofstream file(path);
    file << digests();
    BOOST_TEST(file.flush().good());
  }
}

BOOST_AUTO_TEST_CASE(initializers_give_the_same_bits_on_every_instruction_set) {
  const std::string own = digests();
  BOOST_TEST(std::count(own.begin(), own.end(), '\n') >= 13);
  for (const std::string& isa : internal::available_isas()) {
    if (isa == internal::kernels().isa) continue;
    BOOST_TEST(digests_of_a_child("ATTUNE_ISA=" + isa) == own);
  }
}

BOOST_AUTO_TEST_CASE(initializers_give_the_same_bits_on_the_general_kernels) {
  const char* const other =
      internal::own_kernels() ? "ATTUNE_KERNELS=xtensor" : "ATTUNE_KERNELS=own";
  BOOST_TEST(digests_of_a_child(other) == digests());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
