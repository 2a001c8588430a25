// Text, and whether it arrived.
#include "tools/say.hpp"

#include <cerrno>

namespace attune::tools {
namespace {

int why = 0;

}  // namespace

bool put(std::FILE* to, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0) {
    return true;
  }
  if (to == stdout && why == 0) why = errno;
  return false;
}

void say(std::FILE* to, std::string_view text) { put(to, text); }

int unsaid() noexcept {
  if (why == 0 && std::fflush(stdout) != 0) why = errno;
  if (why == 0 && std::ferror(stdout) != 0) why = EIO;  // of who wrote past put()
  return why;
}

}  // namespace attune::tools
