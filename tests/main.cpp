// The entry of every test program; linked to the *_test.cpp of one folder. With --other-set as the
// last argument, as CTest gives it with an ATTUNE_ISA, nothing is run but status 77 returned where
// this machine lacks that instruction set, or takes it anyway. (An argument, not a variable of the
// environment: tests start their own program for other sets.)
#define BOOST_TEST_MODULE attune
#define BOOST_TEST_NO_MAIN
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/kernels.hpp"

namespace {

bool is_other_set(const std::string& isa) {
  const std::vector<std::string> isas = attune::internal::available_isas();
  return isa != isas.back() && std::find(isas.begin(), isas.end(), isa) != isas.end();
}

}  // namespace

int main(int count, char** words) {
  if (count > 1 && std::string_view(words[count - 1]) == "--other-set") {
    const char* const isa = std::getenv("ATTUNE_ISA");
    if (!isa || !is_other_set(isa)) {
      std::printf(
          "skipped: ATTUNE_ISA=%s names no set of this machine, or the one it takes anyway\n",
          isa ? isa : "");
      return 77;
    }
    words[--count] = nullptr;
  }
  return boost::unit_test::unit_test_main(&init_unit_test, count, words);
}
