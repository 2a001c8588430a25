// The version of attune: the only place that states it. The build reads it from here.
//
// Layer: core.
#pragma once

#define ATTUNE_VERSION "0.1.0"
#define ATTUNE_VERSION_MAJOR 0
#define ATTUNE_VERSION_MINOR 1
#define ATTUNE_VERSION_PATCH 0
