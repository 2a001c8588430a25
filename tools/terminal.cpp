// Widths and line breaks.
#include "tools/terminal.hpp"

#include <algorithm>
#include <sys/ioctl.h>
#include <unistd.h>

namespace attune::tools {

std::size_t terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
  constexpr std::size_t least = 20;
  if (width < indent + least) return text;
  std::string lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.size();
    if (end - at > width - indent) {
      const std::size_t space = text.rfind(' ', at + width - indent);
      end = space == std::string::npos || space <= at ? text.find(' ', at) : space;
      end = std::min(end, text.size());
    }
    if (at > 0) lines += '\n' + std::string(indent, ' ');
    lines += text.substr(at, end - at);
    at = end + 1;
  }
  return lines;
}

}  // namespace attune::tools
