# Bundles, as the tutorial has them: make server, make client.
#
#   OBJECTS="tencounter.TenCounter"  classes of yours to put in, with their proxies
#   PLATFORM=linux-arm64             what the replicas will run on, when it is not this machine's kind
#   OUT=some/file.tar.gz             where the bundle is written

SOURCES := $(shell find src -name '*.ts')
BUNDLE = node bin/concoord.js bundle $@ $(and $(OBJECTS),--objects "$(OBJECTS)") $(and $(OUT),--out "$(OUT)")

.PHONY: all server client clean clobber

all: server client

server: dist/cli/main.js
	@$(BUNDLE) $(and $(PLATFORM),--platform "$(PLATFORM)")

client: dist/cli/main.js
	@$(BUNDLE)

# An installed package has no sources, and is built.
dist/cli/main.js: $(SOURCES) package.json tsconfig.build.json
	@npm run --silent build

# What the making of things leaves behind, and what editors do.
clean:
	@rm -rf dist.*
	@find . -name node_modules -prune -o -name '*~' -type f -exec rm -f {} +

# All that was made as well.
clobber: clean
	@rm -rf dist concoordserver.tar.gz concoordclient.tar.gz
