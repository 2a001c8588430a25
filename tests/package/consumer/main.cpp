// A user's program against the installed package: an attune error crosses the library's border.
#include <attune/error.hpp>
#include <attune/version.hpp>
#include <cstring>

int main() {
  try {
    throw attune::Error(attune::ErrorKind::shape, "consumer");
  } catch (const attune::Error& error) {
    return std::strcmp(attune::name(error.kind()), "shape") == 0 ? 0 : 1;
  }
}
