// Who is measured: attune's program and those beside it, and why one of them takes no part.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bench/runner/program.hpp"

namespace bench {

inline constexpr const char* own_name = "attune";

// "matmul" of "matmul/64x5x2".
std::string family_of(const std::string& work);

struct Peer {
  Program program;
  std::string failure;                // why it takes no part, and the remedy; "" if it does
  std::vector<std::string> families;  // of one that does not: what its sources have

  bool has(const std::string& work) const;
};

// steps_attune in that folder. Throws unless it is there and says its works.
Program own_program(const std::filesystem::path& folder);

// One for each other folder of bench/steps: a folder is a library, a file of it a family of works.
std::vector<Peer> built_peers(const std::filesystem::path& folder);

// Of "NAME=COMMAND with words". Throws when `text` is something else.
Peer given_peer(const std::string& text);

}  // namespace bench
