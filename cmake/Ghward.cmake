# The four kinds of things that are built here.

# A static library with the include root src/.
function(ghward_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC ${arg_LINK})
endfunction()

# The compiled seccomp policy of a role, as an object file's source and as raw BPF in build/policy/.
function(ghward_policy role output)
  set(directory ${CMAKE_SOURCE_DIR}/policy/seccomp)
  set(sources ${directory}/common.policy ${directory}/${role}.policy)
  if(GHWARD_SANITIZE)
    list(APPEND sources ${directory}/sanitizer.overlay)
  endif()
  set(generated ${CMAKE_BINARY_DIR}/policy/${role}.c)
  if(NOT TARGET policy_${role})
    add_custom_command(
      OUTPUT ${generated} ${CMAKE_BINARY_DIR}/policy/${role}.bpf
      COMMAND policyc --role ${role} --out ${generated}
              --bpf ${CMAKE_BINARY_DIR}/policy/${role}.bpf ${sources}
      DEPENDS policyc ${sources}
      VERBATIM)
    add_library(policy_${role} STATIC ${generated})
    target_include_directories(policy_${role} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  endif()
  set(${output} policy_${role} PARENT_SCOPE)
endfunction()

# One process: an executable with its own filter. `cli` is the command itself.
function(ghward_process role)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(role STREQUAL "cli")
    set(name ghward)
    set(directory bin)
  else()
    set(name ghward-${role})
    set(directory libexec/ghward)
  endif()
  ghward_policy(${role} policy)
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  # sandbox names symbols of the policy, so it stands before it.
  target_link_libraries(${name} PRIVATE ${arg_LINK} sandbox ${policy} base)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${directory})
  if(role STREQUAL "cli")
    install(TARGETS ${name} RUNTIME DESTINATION bin)
  else()
    # Unreadable executables start non-dumpable: nothing can attach before they confine themselves.
    install(TARGETS ${name} RUNTIME DESTINATION libexec/ghward
            PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)
  endif()
endfunction()

# A cmocka executable; the name mirrors the source: json/gate tests src/lib/json/gate.c.
function(ghward_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  string(REPLACE "/" "_" target "test_${name}")
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE -Wno-missing-prototypes)
  target_link_libraries(${target} PRIVATE ${arg_LINK} third::cmocka)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/unit)
  add_test(NAME unit/${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(unit/${name} PROPERTIES LABELS unit)
endfunction()

# A libFuzzer target; as a test it replays its corpus, fuzz/corpus/NAME/.
function(ghward_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_executable(fuzz_${name} ${arg_SOURCES})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(fuzz_${name} PRIVATE -Wno-missing-prototypes)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  add_dependencies(fuzzers fuzz_${name})
  add_test(NAME fuzz/${name} COMMAND fuzz_${name} -runs=0 -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/
           ${CMAKE_SOURCE_DIR}/fuzz/corpus/${name})
  set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz)
endfunction()

# Adds every subdirectory that has a CMakeLists.txt.
function(ghward_add_subdirectories)
  file(GLOB lists CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
       ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(list ${lists})
    get_filename_component(directory ${list} DIRECTORY)
    add_subdirectory(${directory})
  endforeach()
endfunction()
