// Text for people, and whether it arrived.
#include "tools/say.hpp"

#include <cerrno>

namespace attune::tools {
namespace {

int why = 0;

}  // namespace

void say(std::FILE* to, std::string_view text) {
  const bool arrived =
      std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
  if (!arrived && to == stdout && why == 0) why = errno;
}

int unsaid() noexcept {
  if (why == 0 && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)) why = errno;
  return why;
}

}  // namespace attune::tools
