// A peer that is not built or does not say its works is a failed row: the others go on.
#include "bench/runner/peers.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {

namespace fs = std::filesystem;

namespace {

constexpr const char* remedy = "scripts/bench.sh installs and builds it";

void ask_for_works(Peer& peer, const std::string& otherwise) {
  try {
    peer.program.works = works_of(peer.program.command);
  } catch (const ProgramFailed& failed) {
    peer.failure = failed.what() + (": " + otherwise);
  }
}

}  // namespace

std::string family_of(const std::string& work) { return work.substr(0, work.find('/')); }

bool Peer::has(const std::string& work) const {
  return failure.empty() ? program.has(work) : std::ranges::count(families, family_of(work)) > 0;
}

Program own_program(const fs::path& folder) {
  const fs::path file = folder / "steps_attune";
  if (!fs::exists(file))
    throw std::runtime_error(file.string() + " is not built: scripts/bench.sh builds it");
  Program program{own_name, {file.string()}, false, {}};
  program.works = works_of(program.command);
  std::ranges::stable_sort(program.works, {},
                           [](const Listed& listed) { return family_of(listed.work); });
  return program;
}

std::vector<Peer> built_peers(const fs::path& folder) {
  std::vector<Peer> peers;
  for (const auto& entry : fs::directory_iterator(ATTUNE_BENCH_STEPS)) {
    const std::string library = entry.path().filename();
    if (!entry.is_directory() || library == own_name) continue;
    Peer peer{{library, {(folder / ("steps_" + library)).string()}, false, {}}, {}, {}};
    if (fs::exists(peer.program.command[0]))
      ask_for_works(peer, remedy);
    else
      peer.failure = library + " is missing: " + remedy;
    if (!peer.failure.empty()) {
      for (const auto& source : fs::directory_iterator(entry))
        peer.families.push_back(source.path().stem());
    }
    peers.push_back(std::move(peer));
  }
  std::ranges::sort(peers, {}, [](const Peer& peer) { return peer.program.library; });
  return peers;
}

Peer given_peer(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size())
    throw std::runtime_error("--with " + text + ": expected NAME=COMMAND");
  Peer peer{{text.substr(0, equals), {}, true, {}}, {}, {}};
  for (std::size_t begin = equals + 1; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    if (end > begin) peer.program.command.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  ask_for_works(peer, "run that, install what it lacks, or leave this --with out");
  return peer;
}

}  // namespace bench
