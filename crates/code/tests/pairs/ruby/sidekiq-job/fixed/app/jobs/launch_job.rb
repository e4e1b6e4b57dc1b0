class LaunchJob
  include Sidekiq::Job

  def perform(definition)
    Agents::Launcher.call(Agents::DEFAULT.merge("label" => definition["label"]))
  end
end
