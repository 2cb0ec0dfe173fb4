# Compiler and linker flags of every target: dialect, warnings, hardening.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
# -DNDEBUG would change what tests see; nothing here uses assert() for effects.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64 GHWARD_VERSION="${PROJECT_VERSION}")
add_compile_options(
  -Wall -Wextra -Werror -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wformat=2 -Wundef -Wpointer-arith -fno-common)

add_compile_options(
  -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
  -ffunction-sections -fdata-sections)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  # clang 14 asks for this flag beside zero-initialisation, and warns where gcc needs stack-clash flags.
  add_compile_options(-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
                      -Wno-unused-command-line-argument)
endif()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-fcf-protection=full)
endif()
if(NOT GHWARD_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed
                 -Wl,--gc-sections)

if(GHWARD_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(GHWARD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(GHWARD_ANALYZE)
  add_compile_options(-fanalyzer)
endif()
